// The only handle that can send travels from task to task, and is used in the end.
// expect: nothing
#include <utility>
#include <vector>

#include "tasks.h"
int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::WaitGroup all;
    auto jobs = tenter::make_chan<int>();
    all.go([in = tenter::RecvChan<int>(jobs)] {
      while (in.recv()) {}
    });
    std::vector<tenter::SendChan<int>> senders{jobs};
    jobs = {};
    senders.resize(10);
    all.go([sender = std::move(senders.front())]() mutable {
      sender.send(1);
      tenter::SendChan<int> last = std::move(sender);
      last.close();
    });
    all.wait();
    return 0;
  });
}
