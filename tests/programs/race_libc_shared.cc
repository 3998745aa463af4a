// Memory of libc that all threads share: what localtime() gives back, where strtok() stands, the environment.
// each: data-race object=__environ,strtok_position
// expect: data-race object.kind=global
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <thread>

#include "gate.h"

void use_all(int seconds) {
  const time_t moment = seconds;
  localtime(&moment);
  char text[] = "a b";
  strtok(text, " ");
  setenv("TESTED", "1", 1);
}

int main() {
  Gate done;
  std::thread other([&] {
    use_all(1);
    done.open();
  });
  done.wait();
  use_all(2);
  other.join();
}
