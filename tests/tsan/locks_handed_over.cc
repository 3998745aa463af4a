// What a task holds of the library's locks, in the report of a race: of a hundred the latest eight, and with UNLOCKED none, as
// another task has unlocked its only one.
#include <array>
#include <mutex>

#include <tenter/tenter.h>

#include "gate.h"

int total = 0;
std::array<tenter::Mutex, 100> locks;
tenter::Mutex handed;

int main() {
  return tenter::run([] {
    Gate written;
    tenter::WaitGroup done;
    done.go([&] {
      total = 1;
      written.open();
    });
    while (!written.is_open()) { tenter::yield(); }
#ifdef UNLOCKED
    auto unlocked = tenter::make_chan<tenter::Unit>();
    handed.lock();
    tenter::go([=] {
      handed.unlock();
      unlocked.send({});
    });
    unlocked.recv();
    total = 2;
#else
    for (tenter::Mutex& lock : locks) { lock.lock(); }
    total = 2;
    for (tenter::Mutex& lock : locks) { lock.unlock(); }
#endif
    done.wait();
  });
}
