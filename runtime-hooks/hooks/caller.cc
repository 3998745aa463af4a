#include "hooks/caller.h"

#include <unwind.h>

namespace tenter::hooks {
namespace {

struct Search {
  record::Pc found;
  unsigned frames_left;
};

_Unwind_Reason_Code look_at_frame(_Unwind_Context* context, void* raw) {
  auto* search = static_cast<Search*>(raw);
  const auto pc = static_cast<record::Pc>(_Unwind_GetIP(context));
  if (record::in_instrumented_module(pc)) {
    search->found = pc;
    return _URC_END_OF_STACK;
  }
  return --search->frames_left == 0 ? _URC_END_OF_STACK : _URC_NO_REASON;
}

}  // namespace

record::Pc program_pc(record::Pc direct) {
  // A signal handler may have interrupted the unwinder itself, so the walk is for ordinary code only.
  if (record::in_instrumented_module(direct) || !record::active() || record::interrupted()) { return direct; }
  constexpr unsigned frames_max = 32;
  Search search{direct, frames_max};
  const record::Quiet quiet;
  _Unwind_Backtrace(look_at_frame, &search);
  return search.found;
}

}  // namespace tenter::hooks
