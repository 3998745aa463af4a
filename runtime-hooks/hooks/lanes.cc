// What the plug-in for clang calls where a mask selects the lanes of a vector (hooks/lanes.h).
#include "hooks/lanes.h"

#include "record/fast_path.h"
#include "record/record.h"

namespace tenter::hooks {
namespace {

struct IntoRecording {
  template <bool write>
  static bool is_known(std::uintptr_t address, std::uint64_t bytes) {
    const record::Thread* thread = record::state.memory;
    return thread != nullptr && thread->filter.covers_bytes(address, bytes, write);
  }
  template <unsigned size_log2, bool write>
  static void plain(std::uintptr_t address, record::Pc pc) {
    const auto* where = reinterpret_cast<const void*>(address);
    if constexpr (size_log2 == 4) {
      record::access_pair_fast<write>(where, pc);
    } else {
      record::access_fast<size_log2, write>(where, pc);
    }
  }
  template <bool write>
  static void range(std::uintptr_t address, std::size_t bytes, record::Pc pc) {
    record::access_range(reinterpret_cast<const void*>(address), bytes, write ? trace::AccessFlag::write : 0, pc);
  }
};

}  // namespace
}  // namespace tenter::hooks

TENTER_DEFINE_LANES(TENTER_HOOK, tenter::hooks::IntoRecording)
