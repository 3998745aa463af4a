// One run of a small program, by a random schedule, as the steps that a recording of it would give.
#pragma once
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "small_programs.h"
#include "text_trace.h"

namespace tenter::analysis::oracle {

// The run ends where nobody can go on, or with the first act that fails, as a program does that an exception leaves.
class SmallRun {
 public:
  SmallRun(const Program& program, std::uint64_t seed);

  TextTrace& trace() { return trace_; }
  const std::vector<std::string>& lines() const { return lines_; }
  bool failed() const { return failed_; }
  bool finished() const { return finished_; }   // every task did all that it has to do
  bool has_run(int act) const { return ran_.count(act) != 0; }
  int act_at(std::uint64_t pc) const { return acts_.at(pc - 1); }   // of a step's code address

 private:
  enum class Stance : std::uint8_t { unborn, running, at_lock, at_group, leaves_group, about_to_wait, at_condition, woken, back };
  struct Task {
    Stance stance = Stance::unborn;
    std::size_t at = 0;
    bool is_signalled = false;
    int sends_on = -1;   // the channel, while it is parked to send there
  };

  bool can_go_on(std::size_t task) const;
  void go_on(std::size_t task);
  void begin(std::size_t task, const Act& act);
  void channel_act(std::size_t task, const Act& act);
  void cond_wait(std::size_t task, int object);
  void signal(std::size_t task, int object);
  void count_down(std::size_t task, int object);
  void leave(std::size_t task);
  void fail(std::size_t task, const std::string& misuse);
  void say(std::size_t task, const std::string& what);
  std::string name(std::size_t task) const { return task == 0 ? "main" : "t" + std::to_string(task); }
  const Act& act_of(std::size_t task) const { return program_.tasks[task][tasks_[task].at]; }

  const Program& program_;
  std::mt19937_64 random_;
  TextTrace trace_;
  std::vector<std::string> lines_;
  std::vector<int> acts_;   // by line
  std::set<int> ran_;
  std::vector<Task> tasks_;
  std::vector<bool> closed_, locked_;
  std::vector<int> counts_;
  std::vector<std::deque<std::size_t>> queues_;   // who waits for a condition
  bool failed_ = false, finished_ = false;
};

}  // namespace tenter::analysis::oracle
