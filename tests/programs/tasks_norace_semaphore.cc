// A semaphore of one is a lock.
// expect: nothing
#include <tenter/tenter.h>
int total;
tenter::Semaphore slots(1);
int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    for (int i = 0; i < 4; ++i)
      group.go([] {
        slots.acquire();
        total = total + 1;
        slots.release();
      });
    group.wait();
    return total == 4 ? 0 : 1;
  });
}
