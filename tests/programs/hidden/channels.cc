// Order that channels make between two tasks.
// pairs: sent received sent_into_a_buffer room_in_a_buffer closed closed_behind_values tried_receive tried_send
//   selected_receive selected_send select_that_does_not_wait select_woken_by_close passed_on token
// libraries: -ltenter
#define HIDDEN_FROM_TASKS
#include "hidden.h"

// A value that the sender waits to get rid of.
namespace sent {
tenter::Chan<int> channel = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() { channel.send(1); }
void hear() { (void)channel.recv(); }
}  // namespace sent

// The same the other way round: who sends learns that somebody has received.
namespace received {
tenter::Chan<int> channel = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() { (void)channel.recv(); }
void hear() { channel.send(1); }
}  // namespace received

// A value with room to lie.
namespace sent_into_a_buffer {
tenter::Chan<int> channel = tenter::make_chan<int>(2);
int total;
// expect: data-race certainty=predicted object=total
void tell() { channel.send(1); }
void hear() { (void)channel.recv(); }
}  // namespace sent_into_a_buffer

// The room that a receive makes for another value.
namespace room_in_a_buffer {
tenter::Chan<int> channel = tenter::make_chan<int>(1);
int total;
// expect: data-race certainty=predicted object=total
void tell() { (void)channel.recv(); }
void hear() {
  channel.send(1);
  channel.send(2);
}
}  // namespace room_in_a_buffer

// A channel that is closed.
namespace closed {
tenter::Chan<int> channel = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() { channel.close(); }
void hear() { (void)channel.recv(); }
}  // namespace closed

// The same behind what was sent.
namespace closed_behind_values {
tenter::Chan<int> channel = tenter::make_chan<int>(3);
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  channel.send(1);
  channel.send(2);
  channel.close();
}
void hear() {
  for (const int value : channel) (void)value;
}
}  // namespace closed_behind_values

// A receive that does not wait.
namespace tried_receive {
tenter::Chan<int> channel = tenter::make_chan<int>(1);
int total;
// expect: data-race certainty=predicted object=total
void tell() { channel.send(1); }
void hear() {
  while (!channel.try_recv().value) tenter::yield();
}
}  // namespace tried_receive

// A send that does not wait.
namespace tried_send {
tenter::Chan<int> channel = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() { (void)channel.recv(); }
void hear() {
  while (!channel.try_send(1)) tenter::yield();
}
}  // namespace tried_send

// One of two that a select waits for.
namespace selected_receive {
tenter::Chan<int> channel = tenter::make_chan<int>();
tenter::Chan<int> other = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() { channel.send(1); }
void hear() { tenter::select(tenter::on_recv(channel), tenter::on_recv(other)); }
}  // namespace selected_receive

// A select that sends.
namespace selected_send {
tenter::Chan<int> channel = tenter::make_chan<int>();
tenter::Chan<int> other = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() { tenter::select(tenter::on_send(channel, 1), tenter::on_send(other, 1)); }
void hear() { (void)channel.recv(); }
}  // namespace selected_send

// A select that asks again and again.
namespace select_that_does_not_wait {
tenter::Chan<int> channel = tenter::make_chan<int>(1);
int total;
// expect: data-race certainty=predicted object=total
void tell() { channel.send(1); }
void hear() {
  for (bool seen = false; !seen; tenter::yield())
    tenter::select(tenter::on_recv(channel, [&] { seen = true; }), tenter::otherwise());
}
}  // namespace select_that_does_not_wait

// A select that a close ends.
namespace select_woken_by_close {
tenter::Chan<int> channel = tenter::make_chan<int>();
tenter::Chan<int> other = tenter::make_chan<int>();
int total;
// expect: data-race certainty=predicted object=total
void tell() { channel.close(); }
void hear() { tenter::select(tenter::on_recv(channel), tenter::on_recv(other)); }
}  // namespace select_woken_by_close

// Through a third task.
namespace passed_on {
tenter::Chan<int> channel = tenter::make_chan<int>();
tenter::Chan<int> further = tenter::make_chan<int>(1);
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  tenter::go([] { further.send(*channel.recv()); });
  channel.send(1);
}
void hear() { (void)further.recv(); }
}  // namespace passed_on

// A channel with room for one as a lock around a variable.
namespace token {
tenter::Chan<int> channel = tenter::make_chan<int>(1);
bool ready = false;
int total;
// expect: data-race certainty=predicted object=total
void tell() {
  channel.send(1);
  ready = true;
  (void)channel.recv();
}
void hear() {
  for (bool seen = false; !seen; tenter::yield()) {
    channel.send(1);
    seen = ready;
    (void)channel.recv();
  }
}
}  // namespace token

int main(int count, char** words) {
  return run_pair(count, words,
                  {SIGNAL(sent), SIGNAL(received), SIGNAL(sent_into_a_buffer), SIGNAL(room_in_a_buffer), SIGNAL(closed),
                   SIGNAL(closed_behind_values), SIGNAL(tried_receive), SIGNAL(tried_send), SIGNAL(selected_receive),
                   SIGNAL(selected_send), SIGNAL(select_that_does_not_wait), SIGNAL(select_woken_by_close),
                   SIGNAL(passed_on), SIGNAL(token)});
}
