// There is nothing to close.
// expect: close-of-nil-channel
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    tenter::Chan<int> never_made;
    try {
      never_made.close();  // <- here
    } catch (const tenter::NilChannelError&) {
      return 0;
    }
    return 1;
  });
}
