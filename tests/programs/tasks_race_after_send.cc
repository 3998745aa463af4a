// What the sender does after the send is not ordered with what the receiver does after the receive.
// expect: data-race object=total
#include <tenter/tenter.h>
int total;
int main() {
  return tenter::run([] {
    auto sent = tenter::make_chan<int>();
    auto done = tenter::make_chan<int>();
    tenter::go([=] {
      sent.send(1);
      total = 1;  // <- here
      done.send(1);
    });
    sent.recv();
    total = 2;  // <- and here
    done.recv();
    return 0;
  });
}
