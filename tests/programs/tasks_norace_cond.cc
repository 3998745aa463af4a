// A condition with its mutex.
// expect: nothing
#include <tenter/tenter.h>

#include <mutex>
int main() {
  return tenter::run([] {
    tenter::Mutex guard;
    tenter::Cond changed(guard);
    int value = 0;
    tenter::go([&] {
      std::lock_guard<tenter::Mutex> lock(guard);
      value = 1;
      changed.signal();
    });
    std::lock_guard<tenter::Mutex> lock(guard);
    changed.wait([&] { return value == 1; });
    return 0;
  });
}
