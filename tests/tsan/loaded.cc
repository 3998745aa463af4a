// A library that is loaded by a program, and its race.
#include <thread>

#include "gate.h"

int in_library = 0;

extern "C" void race_inside() {
  Gate written;
  std::thread other([&] {
    in_library = 1;
    written.open();
  });
  written.wait();
  in_library = 2;
  other.join();
}
