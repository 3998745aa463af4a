// One more case ends it.
// expect: nothing
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    auto left = tenter::make_chan<int>();
    auto done = tenter::make_chan<tenter::Unit>();
    tenter::WaitGroup group;
    group.go([=] { tenter::select(tenter::on_recv(left, [](int) {}), tenter::on_recv(done, [] {})); });
    done.close();
    group.wait();
    return 0;
  });
}
