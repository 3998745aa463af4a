// The first check is a plain read.
// expect: data-race object=instance
#include <mutex>
#include <thread>

#include "gate.h"
int* instance;
int the_one;
std::mutex guard;
Gate made;
static int* get() {
  if (instance == nullptr) {  // <- here
    std::lock_guard<std::mutex> lock(guard);
    if (instance == nullptr) instance = &the_one;  // <- and here
  }
  return instance;  // <- here
}
int main() {
  std::thread other([] { get(); made.open(); });
  made.wait();
  get();
  other.join();
}
