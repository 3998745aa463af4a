// The child of lib_decisions_test: its schedule is what TENTER_SCHEDULER says.
#include "seeded_program.h"

#include <cstdio>

int main() {
  std::printf("%s\n", tenter::steps_of_a_schedule().c_str());
  return 0;
}
