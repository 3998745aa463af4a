// status 0; recordings 1; complete
// needs plugin.so
#include <dlfcn.h>

#include <string>

#include "work.h"

int main(int, char** argv) {
  const std::string path = std::string(argv[0]).substr(0, std::string(argv[0]).rfind('/')) + "/plugin.so";
  for (int i = 0; i < 3; ++i) {
    void* library = dlopen(path.c_str(), RTLD_NOW);
    if (library == nullptr) return 2;
    auto* plugin_work = reinterpret_cast<int (*)()>(dlsym(library, "plugin_work"));
    std::thread in_plugin([=] { plugin_work(); });
    in_plugin.join();
    dlclose(library);
  }
  work();
  return 0;
}
