// Conditions that nobody signals, contexts that nobody cancels, and what is left when a select goes the other way.
// pairs: moby_27782 moby_27782_unlucky cockroach_10790 cockroach_13755 moby_33781 moby_29733
#include <map>

#include "pair.h"

using tenter::Chan;
using tenter::Cond;
using tenter::Mutex;
using tenter::on_recv;
using tenter::on_send;
using tenter::RecvChan;
using tenter::select;
using tenter::SendChan;
using tenter::Unit;
using tenter::WaitGroup;

// A log file is followed: its reader gets events, or is told to stop, and then waits until the file is gone, of which only events of
// another kind would tell. Here the event came first, and what can be seen is that the readers are counted without a lock.
namespace moby_27782 {
struct Log {
  Chan<int> events = tenter::make_chan<int>();
  Chan<Unit> stop = tenter::make_chan<Unit>();
  std::map<int, int> readers;
};
void follow(Log& log) {
  select(on_recv(log.events), on_recv(log.stop));
  log.readers[1] = 1;  // <- here
}
// expect: data-race+ certainty=observed
void wrong() {
  Log log;
  WaitGroup over;
  over.go([&] { follow(log); });
  select(on_send(log.events, 1), on_recv(log.stop));
  log.readers[2] = 1;  // <- here
  over.wait();
}
void mended() {
  Log log;
  WaitGroup over;
  over.go([&] { follow(log); });
  select(on_send(log.events, 1), on_recv(log.stop));
  over.wait();
  log.readers[2] = 1;
}
}  // namespace moby_27782

// The same when the reader is told to stop: the file is there for ever, and nobody is left to receive its events.
namespace moby_27782_unlucky {
struct Log {
  Chan<int> events = tenter::make_chan<int>();
  Chan<Unit> stop = tenter::make_chan<Unit>();
  Mutex guard;
  Cond changed{guard};
  bool exists = true;
  void remove() {
    const std::lock_guard lock(guard);
    changed.wait([&] { return !exists; });  // <- here
  }
};
// expect: task-leak reason=condition-never-signalled
// expect: task-leak reason=send-no-receiver
void wrong() {
  static Log log;
  log.stop.close();
  tenter::go([] { select(on_recv(log.events), on_recv(log.stop, [] { log.remove(); })); });
  let_others_run();
  tenter::go([] { log.events.send(1); });  // <- here
  let_others_run();
}
void mended() {
  Log log;
  log.stop.close();
  WaitGroup over;
  over.go([&] { select(on_recv(log.events), on_recv(log.stop, [&] { log.remove(); })); });
  over.go([&] {
    bool sent = false;
    select(on_send(log.events, 1, [&] { sent = true; }), on_recv(log.stop));
    const std::lock_guard lock(log.guard);
    log.exists = sent && log.exists;
    log.exists = false;
    log.changed.broadcast();
  });
  over.wait();
}
}  // namespace moby_27782_unlucky

// Whoever is cancelled while it collects answers has them all drained, also those that it has got already.
namespace cockroach_10790 {
// expect: task-leak reason=receive-no-sender
void wrong() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  auto first = tenter::make_chan<int>(1), second = tenter::make_chan<int>(1);
  first.send(1);
  bool cancelled = false;
  for (const auto& answers : {first, second}) {
    select(on_recv(answers, cancel), on_recv(context.done(), [&] { cancelled = true; }));
    if (!cancelled) continue;
    tenter::go([first = RecvChan<int>(first), second = RecvChan<int>(second)] {
      (void)first.recv();  // <- here
      (void)second.recv();
    });
  }
  let_others_run();
}
void mended() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  auto first = tenter::make_chan<int>(1), second = tenter::make_chan<int>(1);
  first.send(1);
  for (const auto& answers : {first, second}) select(on_recv(answers, cancel), on_recv(context.done()));
  first.close();
  second.close();
  WaitGroup over;
  over.go([&] {
    for (const int answer : first) (void)answer;
    for (const int answer : second) (void)answer;
  });
  over.wait();
}
}  // namespace cockroach_10790

// Rows keep the cancel function for close(), which nobody calls.
namespace cockroach_13755 {
struct Rows {
  tenter::CancelFunc close;
};
Rows& in_use = *new Rows;
// expect: task-leak reason=context-never-cancelled
void wrong() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  in_use.close = cancel;
  tenter::go([context = context] { (void)context.done().recv(); });  // <- here
  let_others_run();
}
void mended() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  in_use.close = cancel;
  tenter::go([context = context] { (void)context.done().recv(); });
  in_use.close();
  wait_for_all();
}
}  // namespace cockroach_13755

// A probe is on its way when the monitor is stopped.
namespace moby_33781 {
// expect: task-leak reason=send-no-receiver proof=proven
void wrong() {
  auto stop = tenter::make_chan<Unit>();
  stop.close();
  for (bool stopped = false; !stopped;) {
    auto [context, cancel] = tenter::with_timeout(tenter::background(), std::chrono::hours(1));
    auto results = tenter::make_chan<int>();
    tenter::go([results = SendChan<int>(results)] { results.send(1); });  // <- here
    select(on_recv(stop, [&] { stopped = true; }), on_recv(context.done()));
    cancel();
  }
  let_others_run();
}
void mended() {
  auto stop = tenter::make_chan<Unit>();
  stop.close();
  for (bool stopped = false; !stopped;) {
    auto [context, cancel] = tenter::with_timeout(tenter::background(), std::chrono::hours(1));
    auto results = tenter::make_chan<int>(1);
    tenter::go([results = SendChan<int>(results)] { results.send(1); });
    select(on_recv(stop, [&] { stopped = true; }), on_recv(context.done()), on_recv(results));
    cancel();
  }
  wait_for_all();
}
}  // namespace moby_33781

// What the waiter waits for comes about, and nobody says so.
namespace moby_29733 {
struct Plugin {
  Mutex guard;
  Cond changed{guard};
  bool is_active = false;
  void wait() {
    const std::lock_guard lock(guard);
    changed.wait([&] { return is_active; });  // <- here
  }
  void activate() {
    const std::lock_guard lock(guard);
    is_active = true;
  }
};
// expect: task-leak reason=condition-never-signalled
void wrong() {
  static Plugin plugin;
  tenter::go([] { plugin.wait(); });
  let_others_run();
  plugin.activate();
  let_others_run();
}
void mended() {
  Plugin plugin;
  WaitGroup over;
  over.go([&] { plugin.wait(); });
  plugin.activate();
  plugin.changed.broadcast();
  over.wait();
}
}  // namespace moby_29733

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(moby_27782), PAIR(moby_27782_unlucky), PAIR(cockroach_10790), PAIR(cockroach_13755),
                   PAIR(moby_33781), PAIR(moby_29733)});
}
