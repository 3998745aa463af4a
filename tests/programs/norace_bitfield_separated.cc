// A bit-field of length zero starts a new memory location.
// expect: nothing
#include <thread>
struct Flags { unsigned ready : 8; unsigned : 0; unsigned failed : 8; };
Flags flags;
int main() {
  std::thread other([] { flags.ready = 1; });
  flags.failed = 1;
  other.join();
}
