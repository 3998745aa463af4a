// SymbolizerProcess asks llvm-symbolizer, running as a child, one batch of questions after another.
//
// The child reads debug information that nobody has vouched for, so it is a process of its own: with a bound
// on its address space, on how long it may think about one answer and about all, on how much it may say, and without debuginfod
// unless that was asked for. A child that dies costs the one answer it died of; the next question starts another child, up to
// a limit.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tenter::analysis {

class SymbolizerProcess {
 public:
  struct Limits {
    std::size_t address_space_bytes = half_of_memory();
    int answer_seconds = 120;
    int total_seconds = 600;
    std::size_t total_answer_bytes = std::size_t{1} << 30;
    int failures_each = 2;  // of one ask()
    int children = 8;
  };
  // Where debug information may come from, besides the program files themselves.
  struct Sources {
    std::vector<std::string> debug_folders;  // each holds .build-id/12/3456.debug; none: /usr/lib/debug
    bool debuginfod = false;                 // the servers that DEBUGINFOD_URLS names
  };
  explicit SymbolizerProcess(std::string program) : SymbolizerProcess(std::move(program), Limits{}, Sources{}) {}
  SymbolizerProcess(std::string program, Limits limits, Sources sources)
      : program_(std::move(program)), limits_(limits), sources_(std::move(sources)) {}
  ~SymbolizerProcess() { stop(); }
  SymbolizerProcess(const SymbolizerProcess&) = delete;
  SymbolizerProcess& operator=(const SymbolizerProcess&) = delete;

  // One line of JSON per question, in order; an empty string where there was no answer. Questions hold no newline. Those
  // about one file belong into one call, so that damage in it costs the others nothing.
  std::vector<std::string> ask(const std::vector<std::string>& questions);
  // How many children died or were given up on.
  int failures() const { return failures_; }

  // Of what this machine, or this process's control group, has; between 2 and 16 GiB.
  static std::size_t half_of_memory();

 private:
  bool exhausted() const;
  bool start();
  void stop();
  // Appends answers until all of `questions` from `from` on are answered or the child fails.
  void talk(const std::vector<std::string>& questions, std::vector<std::string>& answers);

  std::string program_;
  Limits limits_;
  Sources sources_;
  std::chrono::steady_clock::duration waited_{};
  std::size_t answer_bytes_ = 0;
  pid_t child_ = -1;
  int socket_ = -1;
  int failures_ = 0;
};

// The program to use: TENTER_SYMBOLIZER from the environment, else llvm-symbolizer-19 or llvm-symbolizer on PATH;
// empty where there is none.
std::string find_symbolizer();

}  // namespace tenter::analysis
