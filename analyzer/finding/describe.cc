#include "finding/describe.h"

#include "base/text.h"
#include "finding/fingerprint.h"
#include "finding/function_name.h"

namespace tenter::analysis {
namespace {

const char* memory_kind_name(trace::MemoryKind kind) {
  switch (kind) {
    case trace::MemoryKind::heap: return "heap";
    case trace::MemoryKind::mapping: return "mapping";
    case trace::MemoryKind::stack: return "stack";
    case trace::MemoryKind::thread_local_storage: return "thread-local";
  }
  return "memory";
}

std::string with_name(const std::string& what, const std::string& name) {
  return name.empty() ? "a " + what : what + ' ' + quoted_name(name);
}

// What Describer says of an object that has no name.
constexpr const char* made_at = "made at ";

}  // namespace

const char* lock_kind_name(trace::LockKind kind) {
  switch (kind) {
    case trace::LockKind::mutex:
    case trace::LockKind::task_mutex:
    case trace::LockKind::errorcheck_mutex: return "mutex";
    case trace::LockKind::recursive_mutex: return "recursive mutex";
    case trace::LockKind::rwlock:
    case trace::LockKind::rwlock_writers_first:
    case trace::LockKind::task_rwmutex: return "read-write lock";
    case trace::LockKind::spin: return "spin lock";
  }
  return "lock";
}

std::string call_task(const TaskRef& task) {
  // The main task of the library was created by a thread; the program's first thread was not.
  if (task.kind == "main") return task.created_at.empty() ? "the main thread" : "the main task";
  std::string text = task.kind + ' ' + std::to_string(task.id);
  if (!task.name.empty()) text += " `" + task.name + '`';
  return text;
}

std::string call_task_first(const TaskRef& task) {
  std::string text = call_task(task);
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

Location location_of(const std::vector<Frame>& stack) {
  const Frame* frame = frame_to_show(stack);
  if (frame == nullptr) return {};
  if (frame->file.empty())
    return {frame->module, frame->function.empty() ? '+' + hex_number(frame->offset) : frame->function, 0, 0};
  return {frame->file, frame->function, frame->line, frame->column};
}

std::string place_of(const std::vector<Frame>& stack) {
  const Frame* frame = frame_to_show(stack);
  if (frame == nullptr) return {};
  if (frame->file.empty() && frame->module.empty()) return frame->function;
  if (frame->file.empty()) return file_name(frame->module) + '+' + hex_number(frame->offset);
  return file_name(frame->file) + (frame->line != 0 ? ':' + std::to_string(frame->line) : std::string());
}

std::string known_place_of(const std::vector<Frame>& stack) {
  const Frame* frame = frame_to_show(stack);
  return frame != nullptr && (!frame->file.empty() || frame->module.empty()) ? place_of(stack) : std::string();
}

std::string in_function(const std::vector<Frame>& stack) {
  const Frame* frame = frame_to_show(stack);
  if (frame == nullptr || frame->function.empty() || (frame->file.empty() && frame->module.empty())) return {};
  return " in " + short_function(frame->function);
}

std::string quoted_name(const std::string& name) {
  if (name.empty() || name.starts_with(made_at)) return name;
  for (const char* kind : {"mutex", "recursive mutex", "read-write lock", "spin lock", "lock"})
    if (name.starts_with(std::string(kind) + " of ")) return "the " + name;
  return '`' + name + '`';
}

std::string waits_words(const std::string& wants, const std::string& place) {
  const std::string waits = place.empty() ? "waits " : "waits at " + place + ' ';
  for (const char* doing : {"send to ", "receive from "})
    if (wants.starts_with(doing)) return waits + "to " + wants;
  if (wants.starts_with("select")) return waits + "in a " + wants;
  return waits + "for " + wants;
}

std::string in_words(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " and " : ", ";
    text += parts[i];
  }
  return text;
}

std::vector<Frame> Describer::stack(const Site& site) {
  std::vector<Frame> result;
  if (site.pc == 0) return result;
  const auto add = [&](std::uint64_t address) {
    for (const Frame& frame : names_.frames(address))
      if (result.size() < max_frames) result.push_back(frame);
  };
  add(site.pc);
  for (const std::uint64_t return_address : stacks_.frames(site.callers)) {
    if (result.size() >= max_frames) break;
    add(return_address);
  }
  trim_glue(result);
  return result;
}

TaskRef Describer::task(TaskId id) {
  TaskRef ref;
  ref.id = index(id);
  ref.kind = "thread";
  const TaskInfo* info = world_.task(id);
  if (info == nullptr) return ref;
  ref.name = info->name;
  switch (info->kind) {
    case trace::TaskKind::main: ref.kind = "main"; break;
    case trace::TaskKind::task: ref.kind = "task"; break;
    case trace::TaskKind::thread:
    case trace::TaskKind::worker: break;
  }
  ref.created_at = stack(info->created_at);
  return ref;
}

std::string Describer::given_name(std::uint64_t address) {
  if (std::string name = world_.name_of(address); !name.empty()) return name;
  if (const std::optional<DataSymbol> symbol = names_.data(address)) {
    const std::uint64_t offset = address - symbol->address;
    return offset == 0 ? symbol->name : symbol->name + '+' + std::to_string(offset);
  }
  return {};
}

LockRef Describer::lock(std::uint64_t address) {
  LockRef ref;
  ref.id = hex_number(address);
  const LockInfo* info = world_.lock(address);
  if (info != nullptr) ref.name = info->name;
  if (ref.name.empty()) ref.name = given_name(address);
  if (!ref.name.empty()) return ref;
  ref.name = info != nullptr ? lock_kind_name(info->kind) : "lock";
  if (info != nullptr)
    if (const std::string place = place_of(stack(info->created_at)); !place.empty()) ref.name += " of " + place;
  return ref;
}

ObjectRef Describer::lock_object(std::uint64_t address) {
  ObjectRef object{"mutex", lock(address).name, hex_number(address), 0, {}};
  if (const LockInfo* info = world_.lock(address)) {
    object.kind = info->kind == trace::LockKind::recursive_mutex ? "mutex" : lock_kind_name(info->kind);
    object.created_at = stack(info->created_at);
  }
  return object;
}

ObjectRef Describer::channel_object(std::uint64_t address) {
  ObjectRef object{"channel", {}, hex_number(address), 0, {}};
  if (const ChannelInfo* info = world_.channel(address)) {
    object.name = info->name;
    object.created_at = stack(info->created_at);
  }
  if (object.name.empty()) object.name = given_name(address);
  if (object.name.empty() && !object.created_at.empty()) object.name = made_at + place_of(object.created_at);
  return object;
}

ObjectRef Describer::other_object(std::uint64_t address, std::string kind) {
  return {std::move(kind), given_name(address), hex_number(address), 0, {}};
}

ObjectRef Describer::memory_object(std::uint64_t address, const Block& block) {
  ObjectRef object{"memory", {}, hex_number(address), 0, {}};
  if (names_.in_module(address)) {
    object.kind = "global";
    if (const std::optional<DataSymbol> symbol = names_.data(address)) {
      object.name = symbol->name;
      object.address = hex_number(symbol->address);
      object.size = symbol->size;
    }
  } else if (block.size != 0) {
    object.kind = memory_kind_name(block.kind);
    object.size = block.size;
    object.address = hex_number(block.address);
    object.name = world_.name_of(block.address);
    // A stack is made by whatever starts threads; who created the thread is told with the task.
    if (block.kind == trace::MemoryKind::heap || block.kind == trace::MemoryKind::mapping)
      object.created_at = stack(block.allocated_at);
  }
  // What a person named it says more than what the compiler did.
  if (std::string name = world_.name_of(address); !name.empty()) object.name = std::move(name);
  return object;
}

std::string Describer::wants(const Waiting& waiting) {
  const auto channel = [&](std::uint64_t address) {
    const std::string name = channel_object(address).name;
    return name.starts_with(made_at) ? "the channel " + name : with_name("channel", name);
  };
  switch (waiting.kind) {
    case trace::WaitKind::lock:
    case trace::WaitKind::shared_lock: {
      const LockInfo* info = world_.lock(waiting.object);
      const std::string name = lock(waiting.object).name;
      const std::string kind = info != nullptr ? lock_kind_name(info->kind) : "lock";
      return (name.starts_with(kind) ? "the " + name : kind + ' ' + quoted_name(name)) +
             (waiting.kind == trace::WaitKind::shared_lock ? " (shared)" : "");
    }
    case trace::WaitKind::condition: return with_name("condition", given_name(waiting.object));
    case trace::WaitKind::barrier: return with_name("barrier", given_name(waiting.object));
    case trace::WaitKind::semaphore: return with_name("semaphore", given_name(waiting.object));
    case trace::WaitKind::join: return call_task(task(TaskId{static_cast<std::uint32_t>(waiting.object)})) + " to end";
    case trace::WaitKind::once: return with_name("one-time initialization", given_name(waiting.object));
    case trace::WaitKind::chan_send: return "send to " + channel(waiting.object);
    case trace::WaitKind::chan_recv: return "receive from " + channel(waiting.object);
    case trace::WaitKind::select: {
      if (waiting.cases.empty()) return "select without cases";
      std::vector<std::string> cases;
      for (const SelectCase& one : waiting.cases) {
        if (cases.size() == 8) {
          cases.push_back(std::to_string(waiting.cases.size() - cases.size()) + " more");
          break;
        }
        cases.push_back((one.send ? "send to " : "receive from ") +
                        (one.channel != 0 ? channel(one.channel) : "a nil channel"));
      }
      return "select of " + in_words(cases);
    }
    case trace::WaitKind::wait_group: return with_name("wait group", given_name(waiting.object));
    case trace::WaitKind::sleep: return "a time to come";
    case trace::WaitKind::descriptor: return "a file descriptor";
    case trace::WaitKind::nil_channel_send: return "send to a nil channel";
    case trace::WaitKind::nil_channel_recv: return "receive from a nil channel";
    case trace::WaitKind::futex:
    case trace::WaitKind::private_futex: return with_name("futex", given_name(waiting.object));
    case trace::WaitKind::timed: return "a time to come, at the latest";
  }
  return "something unknown";
}

WaitRef Describer::wait(TaskId id, const Waiting& waiting) {
  WaitRef ref;
  ref.task = task(id);
  ref.wants = wants(waiting);
  ref.stack = stack(waiting.where);
  ref.since = waiting.since;
  return ref;
}

std::vector<LockRef> Describer::locks(LockSetId set) {
  std::vector<LockRef> refs;
  for (const auto& [address, shared] : world_.lock_sets().locks(set)) refs.push_back(lock(address));
  return refs;
}

std::string Describer::lock_key(std::uint64_t address) {
  const LockInfo* info = world_.lock(address);
  if (info != nullptr && !info->name.empty()) return info->name;
  if (std::string name = given_name(address); !name.empty()) return name;
  return info != nullptr ? site_key(stack(info->created_at), /*with_line=*/true) : std::string("lock");
}

std::string Describer::channel_key(std::uint64_t address) {
  if (address == 0) return "nil";
  const ChannelInfo* info = world_.channel(address);
  if (info != nullptr && !info->name.empty()) return info->name;
  if (std::string name = given_name(address); !name.empty()) return name;
  return info != nullptr ? site_key(stack(info->created_at), /*with_line=*/true) : std::string("channel");
}

std::string Describer::object_key(const Waiting& waiting) {
  const std::string kind = std::to_string(static_cast<unsigned>(waiting.kind)) + ' ';
  switch (waiting.kind) {
    case trace::WaitKind::lock:
    case trace::WaitKind::shared_lock: return kind + lock_key(waiting.object);
    case trace::WaitKind::chan_send:
    case trace::WaitKind::chan_recv: return kind + channel_key(waiting.object);
    case trace::WaitKind::select: {
      std::string key = kind;
      for (const SelectCase& one : waiting.cases) key += (one.send ? '>' : '<') + channel_key(one.channel);
      return key;
    }
    case trace::WaitKind::join: return kind;
    default: return kind + given_name(waiting.object);
  }
}

}  // namespace tenter::analysis
