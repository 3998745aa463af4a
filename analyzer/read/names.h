// Words for what stands in a recording, spelt as in trace/event.h. Static strings; "unknown" for what a newer
// recorder may have written.
#pragma once
#include "trace/event.h"

namespace tenter::analysis {

const char* name_of(trace::Op op);
const char* name_of(trace::MemoryOrder order);
const char* name_of(trace::LockKind kind);
const char* name_of(trace::TaskKind kind);
const char* name_of(trace::MemoryKind kind);
const char* name_of(trace::NameOf what);
const char* name_of(trace::WaitKind kind);
const char* name_of(trace::MisuseKind kind);

}  // namespace tenter::analysis
