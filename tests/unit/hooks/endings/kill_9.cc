// signal 9; recordings 1; incomplete
#include <signal.h>

#include "work.h"

int main() {
  work();
  raise(SIGKILL);
}
