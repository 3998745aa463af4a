// A sender that comes too late ends the program.
// expect: send-on-closed-channel
// exit: 2
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    auto values = tenter::make_chan<int>(2);
    values.close();
    values.send(1);  // <- here
    return 0;
  });
}
