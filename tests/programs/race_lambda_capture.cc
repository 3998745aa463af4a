// A lambda captures a local by reference and outlives the line that still writes it.
// expect: data-race
#include <thread>
int main() {
  int local = 0;
  std::thread other([&local] {
    local = 1;  // <- here
  });
  local = 2;  // <- and here
  other.join();
  return local == 0 ? 1 : 0;
}
