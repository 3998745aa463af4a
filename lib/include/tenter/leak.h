// Which tasks were left behind? A leaked task waits for what nobody will do: a send that no one receives, a lock that no
// one gives back. It keeps its stack and all that it holds until the program ends.
//
//   TEST(Fetcher, StopsWhenTold) {
//     LeakScope scope;
//     Fetcher fetcher;                       // starts tasks
//     fetcher.stop();
//     scope.check();                         // throws LeakError if one of them is still there and stuck
//   }
//
// <tenter/gtest.h> does this for each test. A task belongs to the scope in which it was started, and so do the tasks that it
// starts and those of its timers: checks of scopes that exist side by side, in tests that run in parallel, do not see each
// other's tasks. Scopes may be nested; the tasks of an inner one belong to the outer ones, too.
//
// What is a leak. A check first lets the scope come to rest: it returns as soon as every task has ended, and no later than
// settle_limit, and it does not wait for what cannot change before then (a sleep of an hour). Then
//   - a task that waits for another task or thread, and was not woken, is left behind: it is in leaks();
//   - a task that runs, sleeps, or waits for a timer or a descriptor is in running(), with the reason still_running: that
//     is no leak, or not yet one.
// As nobody knows what the rest of the program may still do, a check belongs where the work of the scope is over. What the
// main task of a run() leaves over ends with it and cannot come to rest any more; a scope around run() names it only if
// all of it waited at that time. So prefer a check by the main task itself.
//
// Threads: all functions may be called from tasks and plain threads at any time; a check orders nothing. A plain thread is in no scope but
// those that it makes or enters (LeakScope::Entered). Tasks are watched, not plain threads.
//
// After goleak (https://github.com/uber-go/goleak); the moment of rest is found by looking twice with nothing moved between
// (Mattern, Algorithms for distributed termination detection, 1987: the four-counter method, with one counter per task).
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <tenter/error.h>
#include <tenter/task.h>

namespace tenter {

namespace detail {
class LeakScopeCore;  // lib/task/leak_scope.h
}

// What a leaked task waits for in vain. name_of() spells it as reports of `tenter check` do.
enum class LeakReason {
  send_no_receiver,
  receive_no_sender,
  select_no_case,
  nil_channel,
  lock_never_released,  // a lock, a semaphore, the end of a Once
  wait_group_never_done,
  condition_never_signalled,
  context_never_cancelled,
  still_running
};
const char* name_of(LeakReason reason) noexcept;  // "send-no-receiver"

// One task of a Leak.
struct LeakedTask {
  std::uint64_t id = 0;          // as in all messages of the library
  std::string name;              // TaskOptions::name; may be empty
  const void* object = nullptr;  // the channel, lock, ... that it waits on; null: none
  Duration waiting_for{0};       // to some milliseconds, counted from when it last began to run
};

// A call in the program: the innermost one of its own code, past the headers of this library and of the standard library.
// The line is known where the program has debug information (-g) and where there is llvm-symbolizer or addr2line on PATH;
// TENTER_SYMBOLIZER chooses another (an absolute path), TENTER_SYMBOLIZER=none does without.
struct SourcePlace {
  std::string function;      // without its arguments; empty: not known
  std::string file;          // as the compiler was told; empty: not known
  unsigned line = 0;         // 0: not known
  std::string module;        // the program or shared library; empty: nothing is known
  std::uint64_t offset = 0;  // in it, as addr2line counts
};

// Tasks that were left behind in the same way: made at one place, and waiting at one place.
struct Leak {
  LeakReason reason = LeakReason::still_running;
  std::string doing;       // "waits to send on channel", "sleeps", "runs"
  std::string created_at;  // "fetch.cc:14 (make_fetcher)" or "app+0x1234 (make_fetcher)"; empty where it is not known
  std::string waits_at;    // likewise
  SourcePlace created_in;  // the same in parts
  SourcePlace waits_in;
  std::string scope;  // the name of the scope in which the tasks were started
  std::vector<LeakedTask> tasks;

  std::size_t count() const { return tasks.size(); }
};

class LeakReport {
 public:
  LeakReport(std::string scope, std::vector<Leak> leaks, std::vector<Leak> running)
      : scope_(std::move(scope)), leaks_(std::move(leaks)), running_(std::move(running)) {}

  // No task is left behind. Tasks that still run do not count.
  bool clean() const { return leaks_.empty(); }
  const std::vector<Leak>& leaks() const { return leaks_; }      // most tasks first
  const std::vector<Leak>& running() const { return running_; }  // likewise
  std::size_t count() const;                                     // tasks in leaks()

  std::string text() const;     // for people; ends with a line feed unless there is nothing to say
  std::string to_json() const;  // {"clean", "leaks": [{"kind": "task-leak", "reason", ...}], "running": [...]}

 private:
  std::string scope_;
  std::vector<Leak> leaks_;
  std::vector<Leak> running_;
};

// A check found leaks; what() is the report's text.
class LeakError : public Error {
 public:
  explicit LeakError(LeakReport report) : Error(report.text()), report_(std::move(report)) {}
  const LeakReport& report() const noexcept { return report_; }

 private:
  LeakReport report_;
};

// What the task or thread that makes it starts from then on, directly or not, belongs to the scope, until it is destroyed.
// To be destroyed by whoever made it, the last one made first, as local variables are.
class LeakScope {
 public:
  explicit LeakScope(std::string name = {});  // the name is shown in reports
  // A scope that was not checked since it was made checks itself: it throws LeakError, or, while another exception is on
  // its way, prints the report to standard error.
  ~LeakScope() noexcept(false);
  LeakScope(const LeakScope&) = delete;
  LeakScope& operator=(const LeakScope&) = delete;

  LeakReport find();  // lets the scope come to rest, and says what is left
  void check();       // throws LeakError unless find().clean()

  // Checks of this scope, and of scopes inside of it, leave out tasks whose name, or whose creating function's name, is
  // `pattern`; `*` in it stands for any text. The function is named as in the report, without its arguments, which needs
  // a program that is not stripped. It is where go() was called; the scope's own functions and those of std are not.
  LeakScope& ignore(std::string pattern);
  // ... leave out all tasks of the program that exist now.
  LeakScope& ignore_current();
  // How long a check waits at most for tasks that still run, or that a timer will wake in time. At first 1 s, or what the
  // scope around had when this one was made.
  LeakScope& settle_limit(Duration limit);

  // All tasks of the program, in scopes or not; made by nobody and checked only when told to.
  //   LeakScope::program().ignore("metrics*");         // in no check from here on
  static LeakScope& program();

  // While one lives, what the calling task or thread starts belongs to the scope: for threads that a test starts itself.
  //   std::thread helper([&] { LeakScope::Entered here(scope); go(work); });
  class Entered {
   public:
    explicit Entered(const LeakScope& scope);
    ~Entered();
    Entered(const Entered&) = delete;
    Entered& operator=(const Entered&) = delete;

   private:
    detail::LeakScopeCore* before_;
  };

 private:
  LeakScope(detail::LeakScopeCore& core, bool entered);

  detail::LeakScopeCore* const core_;
  detail::LeakScopeCore* before_ = nullptr;
  const int exceptions_;  // that were on their way when it was made
  const bool entered_;
  bool checked_ = false;
};

// Checks the innermost scope that the caller is in, or else the whole program (of which the caller and main tasks are never
// leaks).
LeakReport find_leaks();

// The same, and throws LeakError unless the report is clean: a test fails by it and shows the report, and so does a program
// that does not catch it.
//
//   int main() {
//     return run([] {
//       serve();
//       expect_no_leaks();
//     });
//   }
void expect_no_leaks();

}  // namespace tenter
