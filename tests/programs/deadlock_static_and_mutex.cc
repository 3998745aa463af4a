// One thread initializes a static, for which it needs a mutex; the other holds the mutex and needs the static.
// expect: deadlock certainty=observed
// levels: one
// exit: 7
#include <unistd.h>

#include <mutex>
#include <thread>

#include "gate.h"
std::mutex settings;
Gate initializes, has_settings;
static int read_settings() {
  initializes.open();
  has_settings.spin();
  std::lock_guard<std::mutex> guard(settings);
  return 1;
}
static int verbosity() {
  static int value = read_settings();
  return value;
}
int main() {
  std::thread one([] { verbosity(); });
  std::thread two([] {
    std::lock_guard<std::mutex> guard(settings);
    has_settings.open();
    initializes.spin();
    verbosity();
  });
  initializes.wait_until_opener_sleeps();
  has_settings.wait_until_opener_sleeps();
  _exit(7);
}
