// SymbolizerProcess asks llvm-symbolizer, running as a child, one batch of questions after another.
//
// The child reads debug information that nobody has vouched for, so it is a process of its own: with a bound
// on its address space, with a bound on how long it may think about one answer, and without debuginfod. A child that dies
// costs the one answer it died of; the next question starts another child, up to a limit.
#pragma once
#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace tenter::analysis {

class SymbolizerProcess {
 public:
  struct Limits {
    std::size_t address_space_bytes = std::size_t{16} << 30;
    int answer_seconds = 120;
    int children = 8;
  };
  explicit SymbolizerProcess(std::string program) : SymbolizerProcess(std::move(program), Limits{}) {}
  SymbolizerProcess(std::string program, Limits limits) : program_(std::move(program)), limits_(limits) {}
  ~SymbolizerProcess() { stop(); }
  SymbolizerProcess(const SymbolizerProcess&) = delete;
  SymbolizerProcess& operator=(const SymbolizerProcess&) = delete;

  // One line of JSON per question, in order; an empty string where there was no answer. Questions hold no newline.
  std::vector<std::string> ask(const std::vector<std::string>& questions);
  // How many children died or were given up on.
  int failures() const { return failures_; }

 private:
  bool start();
  void stop();
  // Appends answers until all of `questions` from `from` on are answered or the child fails.
  void talk(const std::vector<std::string>& questions, std::vector<std::string>& answers);

  std::string program_;
  Limits limits_;
  pid_t child_ = -1;
  int socket_ = -1;
  int failures_ = 0;
};

// The program to use: TENTER_SYMBOLIZER from the environment, else llvm-symbolizer-19 or llvm-symbolizer on PATH;
// empty where there is none.
std::string find_symbolizer();

}  // namespace tenter::analysis
