// One task closes the channel while another still sends.
#include <tenter/tenter.h>

void produce(const tenter::Chan<int>& values) {
  try {
    values.send(1);
  } catch (const tenter::ClosedChannelError&) {
  }
}

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    auto values = tenter::make_chan<int>(2);
    values.close();
    tenter::WaitGroup producers;
    producers.go([values] { produce(values); });
    producers.wait();
    return 0;
  });
}
