// An unlock too many.
// expect: unlock-of-unlocked-mutex
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    tenter::Mutex guard;
    try {
      guard.unlock();  // <- here
    } catch (const tenter::UnlockError&) {
      return 0;
    }
    return 1;
  });
}
