// As deadlock_static_and_mutex, but the second thread lets go of the mutex before it needs the static.
// expect: nothing
// levels: one
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
    {
      std::lock_guard<std::mutex> guard(settings);
      has_settings.open();
      initializes.spin();
    }
    verbosity();
  });
  one.join();
  two.join();
}
