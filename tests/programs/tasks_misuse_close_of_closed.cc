// Closed twice; the program catches the error and goes on, and the mistake is reported all the same.
// expect: close-of-closed-channel
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    auto done = tenter::make_chan<int>();
    done.close();
    try {
      done.close();  // <- here
    } catch (const tenter::ClosedChannelError&) {
      return 0;
    }
    return 1;
  });
}
