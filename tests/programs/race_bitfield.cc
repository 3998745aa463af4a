// Bit-fields in a row are one memory location.
// expect: data-race object=flags
#include <thread>
struct Flags { unsigned ready : 1, failed : 1; };
Flags flags;
int main() {
  std::thread other([] {
    flags.ready = 1;  // <- here
  });
  flags.failed = 1;  // <- and here
  other.join();
}
