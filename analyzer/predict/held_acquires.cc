#include "predict/held_acquires.h"

namespace tenter::analysis {

std::vector<bool> locks_of_anybody(const TraceTable& table) {
  std::vector<bool> anybodys(table.locks().size());
  for (const TableEvent& event : table.events()) {
    if (event.kind != EventKind::release) continue;
    const bool own = event.partner != no_event && table.events()[event.partner].task == event.task;
    if (!own) anybodys[event.object] = true;
  }
  return anybodys;
}

}  // namespace tenter::analysis
