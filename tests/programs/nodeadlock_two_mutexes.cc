// The same order on both sides: one waits for a while and then goes on.
// expect: nothing
#include <mutex>
#include <thread>

#include "gate.h"
std::mutex left, right;
Gate has_left;
int main() {
  std::thread one([] {
    std::lock_guard<std::mutex> first(left);
    has_left.open();
    std::lock_guard<std::mutex> second(right);
  });
  std::thread two([] {
    has_left.wait();
    std::lock_guard<std::mutex> first(left);
    std::lock_guard<std::mutex> second(right);
  });
  one.join();
  two.join();
}
