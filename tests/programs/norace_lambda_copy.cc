// By value, each side has its own.
// expect: nothing
#include <thread>
int main() {
  int local = 0;
  std::thread other([local]() mutable { local = 1; });
  local = 2;
  other.join();
  return local == 2 ? 0 : 1;
}
