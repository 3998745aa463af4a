// The shared object is loaded while the program runs; nothing of it is known at link time.
#include <dlfcn.h>

#include <thread>
int main(int argc, char** argv) {
  void* plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW) : nullptr;
  if (plugin == nullptr) return 2;
  auto count_one = reinterpret_cast<void (*)()>(dlsym(plugin, "count_one"));
  if (count_one == nullptr) return 3;
  std::thread other(count_one);
  count_one();
  other.join();
}
