// A thread locks a mutex that it holds: it waits for itself.
// expect: double-lock
// exit: 7
#include <unistd.h>

#include <mutex>
#include <thread>

#include "gate.h"
std::mutex guard;
Gate ran;
int main() {
  std::thread other([] {
    ran.open();
    guard.lock();
    guard.lock();  // <- here
  });
  ran.wait_until_opener_sleeps();
  _exit(7);
}
