// The same order in both.
// expect: nothing
#include <tenter/tenter.h>

#include <mutex>
tenter::Mutex left, right;
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    for (int i = 0; i < 2; ++i)
      group.go([] {
        std::lock_guard<tenter::Mutex> first(left);
        std::lock_guard<tenter::Mutex> second(right);
      });
    group.wait();
    return 0;
  });
}
