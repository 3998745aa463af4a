// The same with a mutex.
// expect: nothing
// levels: all
#include <tenter/tenter.h>

#include <mutex>
long total;
tenter::Mutex guard;
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    for (int i = 0; i < 8; ++i)
      group.go([] {
        std::lock_guard<tenter::Mutex> lock(guard);
        total = total + 1;
      });
    group.wait();
    return total == 8 ? 0 : 1;
  });
}
