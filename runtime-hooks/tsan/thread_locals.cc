#include "tsan/thread_locals.h"

#include <link.h>

#include "tsan/detector.h"

namespace tenter::detector {
namespace {

int share_those_of(dl_phdr_info* module, std::size_t /*size*/, void* /*unused*/) {
  if (module->dlpi_tls_data == nullptr) { return 0; }  // none, or none for this thread yet
  for (int i = 0; i < module->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = module->dlpi_phdr[i];
    if (part.p_type != PT_TLS) { continue; }
    AnnotateBenignRaceSized("", 0, module->dlpi_tls_data, static_cast<long>(part.p_memsz), "thread-local variables");
  }
  return 0;
}

}  // namespace

void let_tasks_share_thread_locals() { dl_iterate_phdr(share_those_of, nullptr); }

}  // namespace tenter::detector
