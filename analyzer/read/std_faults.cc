#include "read/std_faults.h"

#include <algorithm>

#include "base/text.h"

namespace tenter::analysis {

void StdFaults::goes_on(const StdStep& step) {
  if (lives_[step.thread].joins != 0) goes_on_after_join(step.thread);
  if (const std::uint32_t end = lives_[step.thread].end_line; end != 0)
    note(step_after_end_, step, "something", "does", "and its end was in line " + group_digits(end));
}

void StdFaults::goes_on_after_join(std::uint32_t thread) {
  Life& life = lives_[thread];
  Fault& fault = join_of_running_;
  if (fault.count == 0 || life.joining_line < fault.line) {
    fault.line = life.joining_line;
    fault.first =
        occurrence(life.joining_line, life.joining_thread, threads_.text(thread), "joins", "which goes on afterwards");
  }
  fault.count += life.joins;
  life.joins = 0;
}

std::vector<StdFaults::Holder>& StdFaults::holders_of(std::uint32_t lock) {
  if (lock >= holders_.size()) holders_.resize(lock + 1u);
  return holders_[lock];
}

bool StdFaults::on_acquire(const StdStep& step) {
  std::vector<Holder>& holders = holders_of(step.object);
  const auto own = std::ranges::find(holders, step.thread, &Holder::thread);
  if (own != holders.end()) {
    ++own->depth;
    return true;
  }
  if (!holders.empty()) {
    note(overlap_, step, locks_.text(step.object), "acquires",
         "which " + escape_for_terminal(threads_.text(holders.front().thread)) + " holds since line " +
             group_digits(holders.front().line));
    contradicted_locks_.insert(step.object);
  }
  holders.push_back({step.thread, 1, step.line});
  return false;
}

StdFaults::Release StdFaults::on_release(const StdStep& step) {
  std::vector<Holder>& holders = holders_of(step.object);
  const auto own = std::ranges::find(holders, step.thread, &Holder::thread);
  if (own == holders.end()) {
    note(stray_release_, step, locks_.text(step.object), "releases",
         "which it does not hold; the release was left out");
    if (!holders.empty()) contradicted_locks_.insert(step.object);
    return Release::stray;
  }
  if (--own->depth > 0) return Release::inner;
  holders.erase(own);
  return Release::last;
}

void StdFaults::on_fork_of_running(const StdStep& step) {
  note(fork_of_running_, step, threads_.text(step.object), "forks", "which exists already");
}

void StdFaults::on_join(const StdStep& step) {
  if (step.object == step.thread) {
    note(join_of_running_, step, threads_.text(step.object), "joins", "which is itself");
    return;
  }
  if (step.object >= lives_.size()) lives_.resize(step.object + 1u);
  Life& child = lives_[step.object];
  if (child.joins++ > 0) return;
  child.joining_line = step.line;
  child.joining_thread = step.thread;
}

void StdFaults::on_end(const StdStep& step) { lives_[step.thread].end_line = step.line; }

std::string StdFaults::occurrence(std::uint32_t line, std::uint32_t thread, std::string_view object, const char* does,
                                  const std::string& what) const {
  return "line " + group_digits(line) + ", where " + escape_for_terminal(threads_.text(thread)) + " " + does + " " +
         escape_for_terminal(object) + ", " + what;
}

void StdFaults::note(Fault& fault, const StdStep& step, std::string_view object, const char* does,
                     const std::string& what) {
  if (fault.count++ > 0) return;
  fault.first = occurrence(step.line, step.thread, object, does, what);
}

std::vector<std::string> StdFaults::sentences() const {
  std::vector<std::string> told;
  const auto tell = [&](const Fault& fault, const char* what) {
    if (fault.count == 0) return;
    told.push_back(std::string(what) + ", a fault of the recorder that wrote this trace: " +
                   counted(fault.count, "time") + ", first in " + fault.first + ".");
  };
  tell(overlap_, "Critical sections of one lock overlap");
  tell(stray_release_, "Locks are released by threads that do not hold them");
  tell(fork_of_running_, "Threads are forked that exist already");
  tell(join_of_running_, "Threads are joined that have not ended");
  tell(step_after_end_, "Threads go on after their end");
  return told;
}

}  // namespace tenter::analysis
