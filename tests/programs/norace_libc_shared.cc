// As race_libc_shared.cc, under one mutex; and the functions that give each thread its own.
// expect: nothing
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mutex>
#include <thread>

#include "gate.h"

std::mutex mutex;

void use_all(int seconds) {
  const time_t moment = seconds;
  char text[] = "a b";
  {
    const std::lock_guard hold(mutex);
    localtime(&moment);
    strtok(text, " ");
    setenv("TESTED", "1", 1);
    getenv("TESTED");
  }
  tm own;
  localtime_r(&moment, &own);
  char* rest = nullptr;
  strtok_r(text, " ", &rest);
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
