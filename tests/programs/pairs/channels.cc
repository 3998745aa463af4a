// Tasks that wait on channels for somebody who does not come, or has gone.
// pairs: cockroach_2448 cockroach_35931 grpc_1275 grpc_660 istio_17860 kubernetes_38669 kubernetes_70277
#include "pair.h"

using tenter::Chan;
using tenter::on_recv;
using tenter::on_send;
using tenter::RecvChan;
using tenter::select;
using tenter::SendChan;
using tenter::Unit;
using tenter::WaitGroup;

// Whoever handles events hands a call back to the loop that sends them, and the loop waits to send the next event.
namespace cockroach_2448 {
struct Transport {
  Chan<int> events = tenter::make_chan<int>(), callbacks = tenter::make_chan<int>();
  Chan<Unit> stop = tenter::make_chan<Unit>();
};
void handle_events(const Transport& to, int rounds, bool waits) {
  for (int i = 0; i < rounds; ++i) {
    bool stopped = false;
    const auto call_back = [&] {
      for (int turn = 0; waits && i > 0 && turn < 20; ++turn) tenter::yield();
      select(on_send(to.callbacks, 1), on_recv(to.stop));  // <- here
    };
    select(on_recv(to.events, call_back), on_recv(to.stop, [&] { stopped = true; }));
    if (stopped) return;
  }
}
// expect: deadlock certainty=observed
void wrong() {
  static const Transport to;
  tenter::go([] { handle_events(to, 3, true); });
  tenter::go([] {
    for (int i = 0; i < 4; ++i) {
      bool called = false;
      select(on_recv(to.stop), on_recv(to.callbacks, [&] { called = true; }), tenter::otherwise());
      if (!called) select(on_send(to.events, i), on_recv(to.stop));  // <- here
    }
  });
  let_others_run();
}
void mended() {
  const Transport to;
  WaitGroup over;
  over.go([&] { handle_events(to, 2, false); });
  over.go([&] {
    int sent = 0, called = 0;
    while (called < 2) {
      select(on_recv(to.callbacks, [&] { ++called; }), on_send(sent < 2 ? to.events : Chan<int>(), 1, [&] { ++sent; }));
    }
  });
  over.wait();
  to.stop.close();
}
}  // namespace cockroach_2448

// An error goes to every receiver, and the buffer of one is full.
namespace cockroach_35931 {
void cancel(const Chan<int>& first, const Chan<int>& second) {
  first.send(-1);
  second.send(-1);  // <- here
}
// expect: deadlock certainty=observed
// exit: 2
void wrong() {
  auto first = tenter::make_chan<int>(1), second = tenter::make_chan<int>(1);
  second.send(1);
  cancel(first, second);
}
void mended() {
  auto first = tenter::make_chan<int>(1), second = tenter::make_chan<int>(2);
  second.send(1);
  cancel(first, second);
}
}  // namespace cockroach_35931

// The reader of a stream waits for messages, and closing the stream forgets the channel.
namespace grpc_1275 {
void read_one(const RecvChan<int>& messages) {
  select(on_recv(messages));  // <- here
}
// expect: task-leak reason=select-no-case proof=proven
void wrong() {
  auto messages = tenter::make_chan<int>();
  auto over = tenter::make_chan<Unit>();
  tenter::go([messages = RecvChan<int>(messages), over] {
    read_one(messages);
    over.close();
  });
  select(on_recv(over), on_recv(tenter::after(std::chrono::nanoseconds(300))));
  let_others_run();
}
void mended() {
  auto messages = tenter::make_chan<int>();
  auto over = tenter::make_chan<Unit>();
  tenter::go([messages = RecvChan<int>(messages), over] {
    read_one(messages);
    over.close();
  });
  messages.close();
  over.recv();
}
}  // namespace grpc_1275

// A loop starts a worker each round and is stopped while the last is about to answer.
namespace grpc_660 {
void run_until_stopped(const Chan<Unit>& stop, std::size_t room) {
  for (bool stopped = false; !stopped;) {
    auto done = tenter::make_chan<bool>(room);
    tenter::go([done = SendChan<bool>(done)] { done.send(true); });  // <- here
    select(on_recv(stop, [&] { stopped = true; }), on_recv(done));
  }
}
// expect: task-leak reason=send-no-receiver proof=proven
void wrong() {
  auto stop = tenter::make_chan<Unit>();
  stop.close();
  run_until_stopped(stop, 0);
  let_others_run();
}
void mended() {
  auto stop = tenter::make_chan<Unit>();
  tenter::go([stop] { stop.close(); });
  run_until_stopped(stop, 1);
  wait_for_all();
}
}  // namespace grpc_660

// The agent returns once nothing is active, and a restart sends it one more status.
namespace istio_17860 {
// expect: task-leak reason=send-no-receiver proof=proven
void wrong() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  {
    auto status = tenter::make_chan<int>();
    const auto restart = [&](int epoch) {
      tenter::go([status = SendChan<int>(status), epoch] { status.send(epoch); });  // <- here
    };
    restart(0);
    for (int active = 1; active > 0;) select(on_recv(status, [&] { --active; }), on_recv(context.done()));
    restart(1);
  }
  let_others_run();
  cancel();
}
void mended() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  auto status = tenter::make_chan<int>();
  const auto restart = [&, done = context.done()](int epoch) {
    tenter::go([status = SendChan<int>(status), done, epoch] { select(on_send(status, epoch), on_recv(done)); });
  };
  restart(0);
  for (int active = 1; active > 0;) select(on_recv(status, [&] { --active; }), on_recv(context.done()));
  restart(1);
  cancel();
  wait_for_all();
}
}  // namespace istio_17860

// A watcher reports what there is before it looks at its input; its owner only wants to stop it.
namespace kubernetes_38669 {
// expect: task-leak reason=send-no-receiver proof=proven
void wrong() {
  auto results = tenter::make_chan<int>(), input = tenter::make_chan<int>();
  tenter::go([results = SendChan<int>(results), input = RecvChan<int>(input)] {
    for (int initial = 0; initial < 2; ++initial) results.send(initial);  // <- here
    for (const int one : input) results.send(one);
  });
  input.close();
  let_others_run();
}
void mended() {
  auto results = tenter::make_chan<int>(), input = tenter::make_chan<int>();
  auto stop = tenter::make_chan<Unit>();
  tenter::go([results = SendChan<int>(results), input = RecvChan<int>(input), stop = RecvChan<Unit>(stop)] {
    for (int initial = 0; initial < 2; ++initial) select(on_send(results, initial), on_recv(stop));
    for (const int one : input) select(on_send(results, one), on_recv(stop));
  });
  stop.close();
  input.close();
  wait_for_all();
}
}  // namespace kubernetes_38669

// Who waits for the poller to be over is the one who would have told it to be. The poller's ticker goes on.
namespace kubernetes_70277 {
void poll(const SendChan<Unit>& ticks, const RecvChan<Unit>& done) {
  tenter::Ticker ticker(std::chrono::milliseconds(1));
  for (bool over = false; !over;) {
    select(on_recv(ticker.channel(), [&] { ticks.try_send({}); }), on_recv(done, [&] { over = true; }));  // <- here
  }
  ticker.stop();
}
// expect: task-leak reason=receive-no-sender
// allow: task-leak
void wrong() {
  auto succeeded = tenter::make_chan<Unit>();
  tenter::go([succeeded] {
    auto ticks = tenter::make_chan<Unit>(1), done = tenter::make_chan<Unit>();
    tenter::go([ticks = SendChan<Unit>(ticks), done = RecvChan<Unit>(done)] { poll(ticks, done); });
    ticks.recv();
    succeeded.send({});
    done.recv();  // <- here
    done.close();
  });
  succeeded.recv();
  let_others_run();
}
void mended() {
  auto ticks = tenter::make_chan<Unit>(1), done = tenter::make_chan<Unit>();
  tenter::go([ticks = SendChan<Unit>(ticks), done = RecvChan<Unit>(done)] { poll(ticks, done); });
  ticks.recv();
  done.close();
  wait_for_all();
}
}  // namespace kubernetes_70277

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(cockroach_2448), PAIR(cockroach_35931), PAIR(grpc_1275), PAIR(grpc_660), PAIR(istio_17860),
                   PAIR(kubernetes_38669), PAIR(kubernetes_70277)});
}
