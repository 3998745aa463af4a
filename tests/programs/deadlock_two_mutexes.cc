// Two threads really wait for each other; main ends the process once both hang.
// expect: deadlock certainty=observed
// exit: 7
#include <unistd.h>

#include <mutex>
#include <thread>

#include "gate.h"
std::mutex left, right;
Gate has_left, has_right;
int main() {
  std::thread one([] {
    std::lock_guard<std::mutex> first(left);
    has_left.open();
    has_right.spin();
    std::lock_guard<std::mutex> second(right);
  });
  std::thread two([] {
    std::lock_guard<std::mutex> first(right);
    has_right.open();
    has_left.spin();
    std::lock_guard<std::mutex> second(left);
  });
  has_left.wait_until_opener_sleeps();
  has_right.wait_until_opener_sleeps();
  _exit(7);
}
