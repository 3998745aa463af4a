#include "hooks/library_function.h"

#include <dlfcn.h>
#include <link.h>

#include "record/own_work.h"

namespace tenter::hooks {
namespace {

struct Search {
  const char* name;
  const void* own;
  void* found;
};

// A handle of a library leads to its dependencies too, and we may be among those.
int look_into(dl_phdr_info* library, std::size_t, void* raw) {
  auto* search = static_cast<Search*>(raw);
  void* handle = dlopen(library->dlpi_name, RTLD_LAZY | RTLD_NOLOAD);
  if (handle == nullptr) { return 0; }
  void* address = dlsym(handle, search->name);
  if (address != nullptr && address != search->own) { search->found = address; }
  // Does not unload: whoever loaded it still has it.
  dlclose(handle);
  return search->found != nullptr ? 1 : 0;
}

}  // namespace

void* find_library_function(const char* name, const void* own) noexcept {
  const record::OwnWork work;
  void* address = dlsym(RTLD_NEXT, name);
  if (address == nullptr) {
    Search search{name, own, nullptr};
    dl_iterate_phdr(look_into, &search);
    address = search.found;
  }
  return address;
}

}  // namespace tenter::hooks
