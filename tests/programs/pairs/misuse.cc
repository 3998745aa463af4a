// Channels and wait groups that are used too early or too late, and a test that its tasks outlive.
// pairs: etcd_3077 serving_3068 cockroach_4407 serving_6171
#include "pair.h"

using tenter::Chan;
using tenter::Mutex;
using tenter::Unit;
using tenter::WaitGroup;

// The task itself makes the channels by which others talk to it.
namespace etcd_3077 {
struct Server {
  Chan<Unit> stopped, done;
};
void run(Server& server) {
  server.stopped = tenter::make_chan<Unit>();  // <- here
  server.done = tenter::make_chan<Unit>();     // <- here
  server.stopped.recv();
  server.done.close();
}
void stop(Server& server) {
  server.stopped.send({});  // <- here
  server.done.recv();       // <- here
}
// expect: data-race+
void wrong() {
  Server server;
  tenter::go([&] { run(server); });
  let_others_run();
  stop(server);
}
void mended() {
  Server server{tenter::make_chan<Unit>(), tenter::make_chan<Unit>()};
  tenter::go([&] {
    server.stopped.recv();
    server.done.close();
  });
  stop(server);
}
}  // namespace etcd_3077

// The pool closes its work when it is waited for, and one producer goes on.
namespace serving_3068 {
struct Pool {
  Chan<int> work = tenter::make_chan<int>(4);
  WaitGroup workers;
  Pool() {
    workers.go([this] {
      for (const int one : work) (void)one;
    });
  }
  void wait() {
    work.close();  // <- here
    workers.wait();
  }
};
// expect: send-on-closed-channel certainty=predicted
void wrong() {
  Pool pool;
  auto over = tenter::make_chan<Unit>(1);
  tenter::go([&] {
    pool.work.send(1);  // <- here
    over.send({});
  });
  let_others_run();
  pool.wait();
  over.recv();
}
void mended() {
  Pool pool;
  auto over = tenter::make_chan<Unit>(1);
  tenter::go([&] {
    pool.work.send(1);
    over.send({});
  });
  over.recv();
  pool.wait();
}
}  // namespace serving_3068

// Work is announced by tasks that may come after the wait for it.
namespace cockroach_4407 {
struct Server {
  Mutex guard;
  WaitGroup workers;
  Chan<Unit> stop = tenter::make_chan<Unit>();
  void gossip() {
    const std::lock_guard lock(guard);
    workers.add(1);  // <- here
    tenter::go([this] {
      stop.recv();
      workers.done();
    });
  }
};
// expect: wait-group-misuse
void wrong() {
  static Server server;
  for (int i = 0; i < 2; ++i) tenter::go([] { server.gossip(); });
  let_others_run();
  server.stop.close();
  server.workers.wait();  // <- here
}
void mended() {
  Server server;
  WaitGroup announced;
  for (int i = 0; i < 2; ++i) announced.go([&] { server.gossip(); });
  announced.wait();
  server.stop.close();
  server.workers.wait();
}
}  // namespace cockroach_4407

// A task that a task has started writes to what was the test's.
namespace serving_6171 {
// expect: data-race
void wrong() {
  static int log_of_test;
  WaitGroup started;
  started.go([] { tenter::go([] { log_of_test = 1; }); });  // <- here
  started.wait();
  log_of_test = 2;  // <- here
  let_others_run();
}
void mended() {
  static int log_of_test;
  WaitGroup started;
  started.go([&] { started.go([] { log_of_test = 1; }); });
  started.wait();
  log_of_test = 2;
}
}  // namespace serving_6171

int main(int count, char** words) {
  return run_pair(count, words, {PAIR(etcd_3077), PAIR(serving_3068), PAIR(cockroach_4407), PAIR(serving_6171)});
}
