// A write under the read side.
// expect: data-race object=hits
#include <tenter/tenter.h>

#include <shared_mutex>
int hits;
tenter::RWMutex guard;
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    for (int i = 0; i < 2; ++i)
      group.go([] {
        std::shared_lock<tenter::RWMutex> lock(guard);
        hits = hits + 1;  // <- here
      });
    group.wait();
    return hits > 0 ? 0 : 1;
  });
}
