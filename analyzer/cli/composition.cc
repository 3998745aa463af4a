#include "cli/composition.h"

#include <algorithm>
#include <vector>

#include "read/names.h"

namespace tenter::analysis {
namespace {

using trace::Op;

// Which module code belongs to. Neighbouring events are mostly of one.
class ModuleOf {
 public:
  explicit ModuleOf(const RecordingInfo& info) : modules_(info.modules) {}

  const std::string& operator()(std::uint64_t pc) {
    if (last_ != nullptr && pc >= last_->begin && pc < last_->end) return last_->path;
    // Of two modules that were loaded at one place, the later one comes last.
    const auto found =
        std::find_if(modules_.rbegin(), modules_.rend(), [pc](const Module& m) { return pc >= m.begin && pc < m.end; });
    if (found == modules_.rend()) return nowhere_;
    last_ = &*found;
    return last_->path;
  }

 private:
  const std::vector<Module>& modules_;
  const Module* last_ = nullptr;
  const std::string nowhere_;
};

void add(Share& share, std::uint64_t bytes) {
  ++share.events;
  share.bytes += bytes;
}

}  // namespace

Composition composition_of(const Recording& recording) {
  Composition made;
  ModuleOf module_of(recording.info());
  std::map<const std::string*, Share> modules;
  for (const StreamId id : recording.streams()) {
    StackTable stacks;
    const std::unique_ptr<StreamCursor> cursor = recording.open_stream(id, stacks);
    Share& thread = made.threads[id];
    std::string& name = made.thread_names[id];
    Share reads, writes;
    std::uint64_t words = 0;
    Event event;
    while (cursor->next(event)) {
      const std::uint64_t bytes = (cursor->words() - words) * sizeof(trace::Word);
      words = cursor->words();
      if (name.empty() && event.op == Op::task_start) {
        const auto kind = static_cast<trace::TaskKind>(event.arg);
        name = kind == trace::TaskKind::main ? "main thread"
                                             : std::string(name_of(kind)) + ' ' + std::to_string(event.object);
      }
      add(thread, bytes);
      add(event.op != Op::access_range ? made.kinds[name_of(event.op)] : is_write(event) ? writes : reads, bytes);
      add(modules[&module_of(event.pc)], bytes);
    }
    for (const auto& [kind, share] : {std::pair("read", reads), std::pair("write", writes)}) {
      if (share.events == 0) continue;
      made.kinds[kind].events += share.events;
      made.kinds[kind].bytes += share.bytes;
    }
    made.all.events += thread.events;
    made.all.bytes += thread.bytes;
  }
  for (const auto& [path, share] : modules) {
    made.modules[*path].events += share.events;
    made.modules[*path].bytes += share.bytes;
  }
  return made;
}

}  // namespace tenter::analysis
