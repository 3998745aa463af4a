// One schedule of a program of selects, by chance, as the recorder would tell it.
#pragma once
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "select_programs.h"
#include "text_trace.h"

namespace tenter::analysis::oracle {

// A task has handles for what it may still use, on its stack, and gives each up as soon as no act that may come uses it: before a
// select, if only its case does. Then that has the last one.
class SelectRun {
 public:
  SelectRun(const SelectProgram& program, std::uint64_t seed);
  TextTrace& trace() { return trace_; }
  const std::vector<std::string>& lines() const { return lines_; }
  bool finished() const { return finished_; }   // nobody was left behind
  int act_at(std::uint64_t pc) const { return acts_.at(pc - 1); }

 private:
  // Channels that a task may use, and whether to send.
  using Uses = std::set<std::pair<int, bool>>;
  struct Task {
    int at = -2;   // as in the oracle's states
    bool selecting = false;
    Uses held;
  };
  Uses uses_from(int act) const;
  std::string name(std::size_t task) const { return task == 0 ? "main" : "t" + std::to_string(task); }
  void say(std::size_t task, const std::string& what);
  bool can_go_on(std::size_t task) const;
  void go_on(std::size_t task);
  void go(std::size_t creator, std::size_t task);
  void select(std::size_t task, const SelectAct& act);
  void after_select(std::size_t task, const SelectAct& act);
  void keep_only(std::size_t task, const Uses& uses);
  std::string place(std::size_t task, int channel, bool send) const;

  const SelectProgram& program_;
  std::mt19937_64 random_;
  TextTrace trace_;
  std::vector<std::string> lines_;
  std::vector<int> acts_;   // by line
  std::vector<Task> tasks_;
  std::vector<Uses> may_use_;   // by act, what it and all that may follow it use
  bool set_ = false, locked_ = false, finished_ = false;
};

}  // namespace tenter::analysis::oracle
