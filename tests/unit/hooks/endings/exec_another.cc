// status 7; recordings 1; complete
#include <unistd.h>

#include "work.h"

int main() {
  work();
  execl("/bin/sh", "sh", "-c", "exit 7", static_cast<char*>(nullptr));
  return 1;
}
