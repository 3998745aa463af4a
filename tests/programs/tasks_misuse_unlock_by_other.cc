// A task unlocks what another locked: allowed, and worth a note.
// expect: unlock-by-other-task severity=note
#include <tenter/tenter.h>
tenter::Mutex guard;
int main() {
  return tenter::run([] {
    auto locked = tenter::make_chan<int>();
    guard.lock();
    tenter::go([=] {
      guard.unlock();  // <- here
      locked.send(1);
    });
    locked.recv();
    return 0;
  });
}
