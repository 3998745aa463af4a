// It is closed, and the receiver ends.
// expect: nothing
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    auto jobs = tenter::make_chan<int>();
    tenter::WaitGroup group;
    group.go([=] { for (int job : jobs) (void)job; });
    jobs.send(1);
    jobs.close();
    group.wait();
    return 0;
  });
}
