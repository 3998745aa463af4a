// A handle that was never given a channel is closed.
#include <tenter/tenter.h>

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::Chan<int> nothing;
    try {
      nothing.close();
    } catch (const tenter::NilChannelError&) {
    }
    return 0;
  });
}
