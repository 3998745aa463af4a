// Who waits for another task while it holds the lock that the other one needs.
// pairs: etcd_7443 etcd_7443_lucky etcd_7492 etcd_7902 grpc_1460 kubernetes_1321 cockroach_1055
#include <map>

#include "pair.h"

using tenter::Chan;
using tenter::Mutex;
using tenter::on_recv;
using tenter::RecvChan;
using tenter::select;
using tenter::SendChan;
using tenter::Unit;
using tenter::WaitGroup;

// A balancer tells of connections while it is locked. Its only listener tears one down, for which it locks the balancer.
namespace etcd_7443 {
Mutex balancer;
void tell(const SendChan<int>& notify) {
  const std::lock_guard lock(balancer);
  notify.send(1);  // <- here
}
// expect: deadlock certainty=observed
void wrong() {
  auto notify = tenter::make_chan<int>(1);
  notify.send(0);
  tenter::go([notify = SendChan<int>(notify)] { tell(notify); });
  let_others_run();
  tenter::go([notify = RecvChan<int>(notify)] {
    const std::lock_guard teardown(balancer);  // <- here
    for (const int one : notify) (void)one;
  });
  let_others_run();
}
void mended() {
  auto notify = tenter::make_chan<int>(1);
  notify.send(0);
  WaitGroup over;
  over.go([&] { tell(notify); });
  over.go([&] {
    for (int i = 0; i < 2; ++i) notify.recv();
    const std::lock_guard teardown(balancer);
  });
  over.wait();
}
}  // namespace etcd_7443

// The same where the listener had the balancer first, and emptied the channel in time.
namespace etcd_7443_lucky {
Mutex balancer;
void tell(const SendChan<int>& notify) {
  const std::lock_guard lock(balancer);
  notify.send(1);  // <- here
}
// expect: deadlock certainty=predicted
void wrong() {
  auto notify = tenter::make_chan<int>(1);
  notify.send(0);
  WaitGroup over;
  over.go([notify] {
    { const std::lock_guard teardown(balancer); }  // <- here
    for (int i = 0; i < 2; ++i) (void)notify.recv();
  });
  let_others_run();
  over.go([notify] { tell(notify); });
  over.wait();
}
void mended() {
  auto notify = tenter::make_chan<int>(1);
  notify.send(0);
  WaitGroup over;
  over.go([notify] {
    for (int i = 0; i < 2; ++i) (void)notify.recv();
    const std::lock_guard teardown(balancer);
  });
  over.go([notify] { tell(notify); });
  over.wait();
}
}  // namespace etcd_7443_lucky

// Tokens are announced under the lock that the keeper takes to delete one.
namespace etcd_7492 {
Mutex tokens;
void assign(const SendChan<int>& add) {
  const std::lock_guard lock(tokens);
  add.send(1);  // <- here
}
// expect: deadlock certainty=observed
// allow: task-leak
void wrong() {
  auto add = tenter::make_chan<int>(1);
  auto tick = tenter::make_chan<Unit>();
  tick.close();
  for (int i = 0; i < 3; ++i) tenter::go([add = SendChan<int>(add)] { assign(add); });
  let_others_run();
  tenter::go([add = RecvChan<int>(add), tick] {
    tick.recv();
    { const std::lock_guard lock(tokens); }  // <- here
    for (int i = 0; i < 3; ++i) add.recv();
  });
  let_others_run();
}
void mended() {
  auto add = tenter::make_chan<int>(1);
  for (int i = 0; i < 3; ++i) {
    tenter::go([add = SendChan<int>(add)] {
      { const std::lock_guard lock(tokens); }
      add.send(1);
    });
  }
  tenter::go([add = RecvChan<int>(add)] {
    { const std::lock_guard lock(tokens); }
    for (int i = 0; i < 3; ++i) add.recv();
  });
  wait_for_all();
}
}  // namespace etcd_7492

// A follower waits for the next round under the lock that the leader needs to begin it.
namespace etcd_7902 {
Mutex round_lock;
// expect: deadlock certainty=observed
void wrong() {
  auto next = tenter::make_chan<Unit>();
  tenter::go([next = RecvChan<Unit>(next)] {
    const std::lock_guard lock(round_lock);
    (void)next.recv();  // <- here
  });
  let_others_run();
  tenter::go([next = SendChan<Unit>(next)] {
    const std::lock_guard lock(round_lock);  // <- here
    next.close();
  });
  let_others_run();
}
void mended() {
  auto next = tenter::make_chan<Unit>();
  tenter::go([next = RecvChan<Unit>(next)] {
    { const std::lock_guard lock(round_lock); }
    (void)next.recv();
  });
  tenter::go([next = SendChan<Unit>(next)] {
    const std::lock_guard lock(round_lock);
    next.close();
  });
  wait_for_all();
}
}  // namespace etcd_7902

// Without streams the one who keeps the connection alive sleeps, and holds the lock under which a stream is added.
namespace grpc_1460 {
Mutex transport;
int streams = 0;
// expect: deadlock certainty=observed
void wrong() {
  auto awaken = tenter::make_chan<Unit>();
  tenter::go([awaken = RecvChan<Unit>(awaken)] {
    const std::lock_guard lock(transport);
    if (streams == 0) (void)awaken.recv();  // <- here
  });
  let_others_run();
  tenter::go([awaken = SendChan<Unit>(awaken)] {
    const std::lock_guard lock(transport);  // <- here
    if (++streams == 1) awaken.try_send({});
  });
  let_others_run();
}
void mended() {
  auto awaken = tenter::make_chan<Unit>(1);
  tenter::go([awaken = RecvChan<Unit>(awaken)] {
    bool sleeps = false;
    {
      const std::lock_guard lock(transport);
      sleeps = streams == 0;
    }
    if (sleeps) (void)awaken.recv();
  });
  tenter::go([awaken = SendChan<Unit>(awaken)] {
    const std::lock_guard lock(transport);
    if (++streams == 1) awaken.try_send({});
  });
  wait_for_all();
}
}  // namespace grpc_1460

// A distributor sends to every watcher under the lock that a watcher takes to stop.
namespace kubernetes_1321 {
Mutex watchers;
// expect: deadlock certainty=observed
void wrong() {
  auto watcher = tenter::make_chan<int>();
  tenter::go([watcher = SendChan<int>(watcher)] {
    const std::lock_guard lock(watchers);
    watcher.send(1);  // <- here
  });
  let_others_run();
  tenter::go([watcher = std::move(watcher)] {
    const std::lock_guard lock(watchers);  // <- here
    watcher.close();
  });
  let_others_run();
}
void mended() {
  auto watcher = tenter::make_chan<int>();
  auto stop = tenter::make_chan<Unit>();
  bool is_watched = true;
  WaitGroup over;
  over.go([&] {
    const std::lock_guard lock(watchers);
    if (is_watched) select(tenter::on_send(watcher, 1), on_recv(stop));
  });
  over.go([&] {
    stop.close();
    const std::lock_guard lock(watchers);
    is_watched = false;
    watcher.close();
  });
  over.wait();
}
}  // namespace kubernetes_1321

// Whoever stops waits, locked, for tasks that were announced and never say that they are done.
namespace cockroach_1055 {
struct Stopper {
  Mutex guard;
  WaitGroup drain;
  Chan<Unit> stopped = tenter::make_chan<Unit>();
};
// expect: task-leak reason=wait-group-never-done
// expect: task-leak reason=receive-no-sender
void wrong() {
  static Stopper stopper;
  tenter::go([] {
    {
      const std::lock_guard lock(stopper.guard);
      stopper.drain.add(1);
    }
    stopper.stopped.recv();  // <- here
  });
  let_others_run();
  tenter::go([] {
    const std::lock_guard lock(stopper.guard);
    stopper.drain.wait();  // <- here
    stopper.stopped.close();
  });
  let_others_run();
}
void mended() {
  Stopper stopper;
  stopper.drain.add(1);
  WaitGroup over;
  over.go([&] {
    stopper.drain.done();
    stopper.stopped.recv();
  });
  over.go([&] {
    stopper.drain.wait();
    stopper.stopped.close();
  });
  over.wait();
}
}  // namespace cockroach_1055

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(etcd_7443), PAIR(etcd_7443_lucky), PAIR(etcd_7492), PAIR(etcd_7902), PAIR(grpc_1460), PAIR(kubernetes_1321),
                   PAIR(cockroach_1055)});
}
