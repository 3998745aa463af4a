// Two places close one channel.
#include <tenter/tenter.h>

void stop(const tenter::Chan<int>& values) {
  try {
    values.close();
  } catch (const tenter::ClosedChannelError&) {
  }
}

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto values = tenter::make_chan<int>();
    stop(values);
    stop(values);
    return 0;
  });
}
