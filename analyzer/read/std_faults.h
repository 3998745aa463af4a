// Finds where a trace contradicts itself: what no program can have done was written down wrongly.
//
//   StdFaults faults(threads, locks);
//   for (const StdStep& step : ...) {
//     faults.on_step(step);
//     if (is_acquire(step)) faults.on_acquire(step);
//   }
//   for (std::string& sentence : faults.sentences()) ...
//
// One object is for one thread.
#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "read/std_line.h"
#include "read/text_numbers.h"

namespace tenter::analysis {

// A line with numbers for its names.
struct StdStep {
  std::uint64_t place;
  std::uint32_t thread;
  std::uint32_t object;  // a thread's, a lock's or a variable's, as the verb has it
  StdVerb verb;
  std::uint32_t line;  // its number, from 1
};

class StdFaults {
 public:
  // The names by number, for the sentences; both must outlive this.
  StdFaults(const TextNumbers& threads, const TextNumbers& locks) : threads_(threads), locks_(locks) {}

  // Every step comes here first, and then to one of the others where there is one for its verb.
  void on_step(const StdStep& step) {
    if (step.thread >= lives_.size()) lives_.resize(step.thread + 1u);
    const Life& life = lives_[step.thread];
    if (life.joins != 0 || life.end_line != 0) goes_on(step);
  }
  // Whether the thread holds the lock already.
  bool on_acquire(const StdStep& step);
  enum class Release { stray, inner, last };
  // `stray`: it does not hold the lock, and the step is to be left out. `inner`: it has acquired it more than once.
  Release on_release(const StdStep& step);
  void on_fork_of_running(const StdStep& step);
  void on_join(const StdStep& step);
  void on_end(const StdStep& step);

  // One for each kind of fault that was found.
  std::vector<std::string> sentences() const;
  // Numbers of locks that two threads hold at a time, or that one gave back while another held it; sorted.
  const std::set<std::uint32_t>& contradicted_locks() const { return contradicted_locks_; }

 private:
  // Of a thread.
  struct Life {
    // Joins since its last line, of which the first is told of should it go on.
    std::uint32_t joins = 0, joining_line = 0, joining_thread = 0;
    std::uint32_t end_line = 0;  // 0: it has not said that it ends
  };
  struct Holder {
    std::uint32_t thread, depth, line;
  };
  // The first occurrence, and how many there were.
  struct Fault {
    std::string first;
    std::uint64_t count = 0;
    std::uint32_t line = 0;
  };

  void goes_on(const StdStep& step);
  void goes_on_after_join(std::uint32_t thread);
  std::vector<Holder>& holders_of(std::uint32_t lock);
  std::string occurrence(std::uint32_t line, std::uint32_t thread, std::string_view object, const char* does,
                         const std::string& what) const;
  void note(Fault& fault, const StdStep& step, std::string_view object, const char* does, const std::string& what);

  const TextNumbers &threads_, &locks_;
  std::vector<Life> lives_;                   // by thread
  std::vector<std::vector<Holder>> holders_;  // by lock
  std::set<std::uint32_t> contradicted_locks_;
  Fault overlap_, stray_release_, fork_of_running_, join_of_running_, step_after_end_;
};

}  // namespace tenter::analysis
