// Tasks that a select would have left behind, had it taken another case than in this run, in which nothing went wrong: its own case
// holds the last handle.
// pairs: result_beside_a_timer result_beside_a_deadline result_beside_a_stop answer_beside_a_stop both_ends_in_the_sender
#include "pair.h"

using namespace std::chrono_literals;
using tenter::Chan;
using tenter::on_recv;
using tenter::on_send;
using tenter::RecvChan;
using tenter::select;
using tenter::SendChan;
using tenter::Unit;

namespace result_beside_a_timer {
RecvChan<int> result(std::size_t room) {
  auto made = tenter::make_chan<int>(room);
  tenter::go([made = SendChan<int>(made)] { made.send(42); });  // <- here
  return made;
}
// expect: task-leak certainty=predicted reason=send-no-receiver
void wrong() {
  select(on_recv(result(0)), on_recv(tenter::after(10min)));  // <- here
  wait_for_all();
}
// There is room for a result that nobody waits for; the timer's case takes it all the same; the sender gives up, too.
void mended() {
  select(on_recv(result(1)), on_recv(tenter::after(10min)));
  auto kept = result(0);
  select(on_recv(kept), on_recv(tenter::after(10min), [&] { kept.recv(); }));
  const auto [context, cancel] = tenter::with_timeout(tenter::background(), 10min);
  auto made = tenter::make_chan<int>();
  tenter::go([made = SendChan<int>(made), done = context.done()] { select(on_send(made, 42), on_recv(done)); });
  select(on_recv(std::move(made)), on_recv(context.done()));
  cancel();
  wait_for_all();
}
}  // namespace result_beside_a_timer

namespace result_beside_a_deadline {
// expect: task-leak certainty=predicted reason=send-no-receiver
void wrong() {
  auto [context, cancel] = tenter::with_timeout(tenter::background(), 10min);
  auto result = tenter::make_chan<int>();
  tenter::go([result = SendChan<int>(result)] { result.send(42); });  // <- here
  select(on_recv(std::move(result)), on_recv(context.done()));        // <- here
  cancel();
  wait_for_all();
}
// Nothing but the end of this function cancels.
void mended() {
  auto [context, cancel] = tenter::with_cancel(tenter::background());
  auto result = tenter::make_chan<int>();
  tenter::go([result = SendChan<int>(result)] { result.send(42); });
  select(on_recv(std::move(result)), on_recv(context.done()));
  cancel();
  wait_for_all();
}
}  // namespace result_beside_a_deadline

namespace result_beside_a_stop {
// expect: task-leak certainty=predicted reason=send-no-receiver
void wrong() {
  auto stop = tenter::make_chan<Unit>();
  auto result = tenter::make_chan<int>();
  tenter::go([result = SendChan<int>(result)] { result.send(42); });  // <- here
  tenter::go([stop] {
    let_others_run();
    let_others_run();
    stop.close();  // <- here
  });
  select(on_recv(std::move(result)), on_recv(stop));  // <- here
  wait_for_all();
}
// Stopped is once the result was there.
void mended() {
  auto stop = tenter::make_chan<Unit>();
  auto result = tenter::make_chan<int>();
  tenter::go([result = SendChan<int>(result), stop] {
    result.send(42);
    stop.close();
  });
  select(on_recv(std::move(result)), on_recv(stop));
  wait_for_all();
}
}  // namespace result_beside_a_stop

// The other way round: a question carries the channel for its answer, and who answers may be stopped.
namespace answer_beside_a_stop {
// expect: task-leak certainty=predicted reason=receive-no-sender
void wrong() {
  auto [context, cancel] = tenter::with_timeout(tenter::background(), 10min);
  auto answer = tenter::make_chan<int>();
  tenter::go([answer = RecvChan<int>(answer)] { answer.recv(); });    // <- here
  select(on_send(std::move(answer), 42), on_recv(context.done()));    // <- here
  cancel();
  wait_for_all();
}
// Whoever is stopped closes.
void mended() {
  auto [context, cancel] = tenter::with_timeout(tenter::background(), 10min);
  auto answer = tenter::make_chan<int>();
  tenter::go([answer = RecvChan<int>(answer)] { answer.recv(); });
  select(on_send(answer, 42), on_recv(context.done()));
  answer.close();
  cancel();
  wait_for_all();
}
}  // namespace answer_beside_a_stop

// The sender could receive as well, but not while it sends.
namespace both_ends_in_the_sender {
// expect: task-leak certainty=predicted reason=send-no-receiver
void wrong() {
  auto result = tenter::make_chan<int>();
  tenter::go([result] { result.send(42); });                                     // <- here
  select(on_recv(std::move(result)), on_recv(tenter::after(10min)));  // <- here
  wait_for_all();
}
void mended() {
  auto result = tenter::make_chan<int>();
  tenter::go([result] {
    while (!result.try_send(42)) tenter::yield();
  });
  select(on_recv(std::move(result)), on_recv(tenter::after(10min)));
  wait_for_all();
}
}  // namespace both_ends_in_the_sender

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(result_beside_a_timer), PAIR(result_beside_a_deadline), PAIR(result_beside_a_stop),
                   PAIR(answer_beside_a_stop), PAIR(both_ends_in_the_sender)});
}
