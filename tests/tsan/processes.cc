// Races in other places than the program itself: "fork" has one in a child and another in its parent, and any other argument
// is a library to load, which brings its own.
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>
#include <thread>

#include "gate.h"

int in_parent = 0, in_child = 0;

void race_on(int& variable) {
  Gate written;
  std::thread other([&] {
    variable = 1;
    written.open();
  });
  written.wait();
  variable = 2;
  other.join();
}

int main(int, char** argv) {
  if (argv[1] == std::string_view("fork")) {
    const pid_t child = fork();
    if (child == 0) {
      race_on(in_child);
      _exit(0);
    }
    race_on(in_parent);
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }
  void* const library = dlopen(argv[1], RTLD_NOW);
  if (library == nullptr) { return 1; }
  reinterpret_cast<void (*)()>(dlsym(library, "race_inside"))();
  return 0;
}
