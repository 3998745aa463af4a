// status 3; recordings 1; complete
#include <unistd.h>

#include "work.h"

int main() {
  work();
  std::thread([] {
    for (;;) pause();
  }).detach();
  _exit(3);
}
