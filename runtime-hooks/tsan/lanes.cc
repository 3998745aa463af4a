// An object that was compiled to be recorded may be linked in this mode, too, with the calls that our plug-in for clang made
// in it (hooks/lanes.h). To ThreadSanitizer they are ranges.
#include "hooks/lanes.h"

#include "record/record.h"

extern "C" {
void __tsan_read_range_pc(void* address, unsigned long bytes, void* pc);
void __tsan_write_range_pc(void* address, unsigned long bytes, void* pc);
}

namespace tenter::detector {
namespace {

struct IntoDetector {
  template <bool write>
  static bool is_known(std::uintptr_t, std::uint64_t) {
    return false;
  }
  template <unsigned size_log2, bool write>
  static void plain(std::uintptr_t address, std::uintptr_t pc) {
    range<write>(address, std::size_t{1} << size_log2, pc);
  }
  template <bool write>
  static void range(std::uintptr_t address, std::size_t bytes, std::uintptr_t pc) {
    const auto tell = write ? __tsan_write_range_pc : __tsan_read_range_pc;
    tell(reinterpret_cast<void*>(address), bytes, reinterpret_cast<void*>(pc));
  }
};

}  // namespace
}  // namespace tenter::detector

TENTER_DEFINE_LANES(TENTER_HOOK, tenter::detector::IntoDetector)
