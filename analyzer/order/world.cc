#include "order/world.h"

#include <algorithm>

#include "read/decoder.h"

// tasks_[i].id is i for every i but 0. A task's held_set is the set of its `held`, and a lock's `holders` are the tasks
// that have it in theirs, but for the limits below.

namespace tenter::analysis {
namespace {

using trace::Op;

// More locks held by one task, or holders of one lock, are not kept: looking for one among them is linear.
constexpr std::size_t max_held = 16384;

bool has(std::uint8_t flags, std::uint8_t bit) { return (flags & bit) != 0; }

}  // namespace

// ---- what is known --------------------------------------------------------------------------------------

const TaskInfo* World::task(TaskId id) const {
  const std::size_t i = index(id);
  return id == no_task || i >= tasks_.size() || tasks_[i].id == no_task ? nullptr : &tasks_[i];
}

const LockInfo* World::lock(std::uint64_t address) const {
  const auto found = locks_.find(address);
  return found == locks_.end() ? nullptr : &found->second;
}

const ChannelInfo* World::channel(std::uint64_t address) const {
  const auto found = channels_.find(address);
  return found == channels_.end() ? nullptr : &found->second;
}

const OnceRun* World::once_run(std::uint64_t address) const {
  const auto found = once_runs_.find(address);
  return found == once_runs_.end() ? nullptr : &found->second;
}

std::string World::name_of(std::uint64_t object) const {
  const auto found = names_.find(object);
  if (found != names_.end()) return found->second;
  return recording_ != nullptr ? recording_->object_name(object) : std::string();
}

const Block* World::block_at(std::uint64_t address) const {
  if (const Block* block = heap_.covering(address)) return block;
  return ranges_.covering(address);
}

// ---- steps ---------------------------------------------------------------------------------------------------

// The task of a step.
TaskInfo& World::who(TaskId id) {
  const std::size_t i = index(id);
  if (i < tasks_.size() && tasks_[i].id == id) return tasks_[i];
  TaskInfo& task = grown(id);
  task.kind = trace::TaskKind::thread;  // unless its start, which may be this step, says otherwise
  task.started = true;
  return task;
}

void World::observe(Step& step) {
  ++events_;
  TaskInfo& task = who(step.task);
  task.last = site_of(step.event);
  step.held = task.held_set;
  if (step.task != step.thread) step.in_threads_own = lies_in(threads_own(step.thread), step.event.object);
  if (step.event.op == Op::access_range) {
    ++accesses_;
    return;
  }
  futexes_.observe(step);
  if (is_atomic(step.event)) return;  // the next most frequent, and nothing else in here looks at them
  handles_.observe(step);
  synchronize(step, task);
}

TaskInfo& World::pass(const Stretch& stretch) {
  events_ += stretch.accesses.size();
  accesses_ += stretch.accesses.size();
  TaskInfo& task = who(stretch.task);
  task.last = {stretch.accesses.back().pc, stretch.accesses.back().callers};
  return task;
}

void World::take_in(const Stretch& stretch) { pass(stretch); }

void World::observe(Stretch& stretch) {
  stretch.held = pass(stretch).held_set;
  if (stretch.task == stretch.thread) return;
  const Ranges& own = threads_own(stretch.thread);
  for (PlainAccess& access : stretch.accesses) access.in_threads_own = lies_in(own, access.address);
}

bool World::lies_in(const Ranges& ranges, std::uint64_t address) {
  for (const auto& [begin, end] : ranges)
    if (begin <= address && address < end) return true;
  return false;
}

const World::Ranges& World::threads_own(TaskId thread) {
  if (thread_seen_ == thread && thread != no_task) return threads_own_;
  thread_seen_ = thread;
  threads_own_.clear();
  if (thread == no_task) return threads_own_;
  const auto ranges = ranges_of_.find(index(thread));
  if (ranges == ranges_of_.end()) return threads_own_;
  for (const std::uint64_t begin : ranges->second) {
    const Block* const range = ranges_.beginning_at(begin);
    if (range != nullptr) threads_own_.emplace_back(range->address, range->address + range->size);
  }
  return threads_own_;
}

// The place of a task that was not heard of before. The recorder counts tasks from 1, and the reader has bounded ids by
// the size of the recording; ids that come from elsewhere and are larger all share the place of nobody.
TaskInfo& World::grown(TaskId id) {
  const std::size_t i = index(id);
  if (i > max_task_id) return tasks_[0];
  if (i >= tasks_.size()) tasks_.resize(i + 1);
  tasks_[i].id = id;
  return tasks_[i];
}

TaskInfo& World::known(std::uint64_t id) {
  if (id > max_task_id) return tasks_[0];
  return grown(TaskId{static_cast<std::uint32_t>(id)});
}

void World::synchronize(Step& step, TaskInfo& task) {
  const Event& event = step.event;
  switch (event.op) {
    case Op::lock_acquire: acquire(step, task); break;
    case Op::lock_release: release(event, task); break;
    case Op::lock_create:
      names_.erase(event.object);
      new_lock(event);
      break;
    case Op::lock_destroy:
      if (const auto lock = locks_.find(event.object); lock != locks_.end()) lock->second.destroyed = true;
      live_locks_.erase(event.object);
      break;

    case Op::task_create: {
      TaskInfo& child = known(event.object);  // may move what `task` refers to
      child.creator = step.task;
      child.created_at = site_of(event);
      child.kind = static_cast<trace::TaskKind>(event.arg);
      break;
    }
    case Op::task_start: {
      TaskInfo& self = known(event.object);
      self.started = true;
      self.kind = static_cast<trace::TaskKind>(event.arg);
      break;
    }
    case Op::task_end: end_of_task(known(event.object)); break;
    case Op::task_join: known(event.object).joined = true; break;
    case Op::task_detach: known(event.object).detached = true; break;
    case Op::task_stack: give_stack(event.object, TaskId{static_cast<std::uint32_t>(event.value)}); break;

    case Op::wait_begin:
      task.waiting = Waiting{static_cast<trace::WaitKind>(event.value), event.object, site_of(event), {}, events_};
      break;
    case Op::select_case:
      if (task.waiting) task.waiting->cases.push_back({event.object, has(event.flags, trace::ChanFlag::send)});
      break;
    case Op::wait_end: task.waiting.reset(); break;

    case Op::once_begin: once_runs_[event.object] = {step.task, site_of(event)}; break;
    case Op::release:
      has_signal_handlers_ = has_signal_handlers_ || has(event.flags, trace::SignalFlag::handler);
      [[fallthrough]];  // an initialization that failed is told as one, too
    case Op::once_end:
      if (!once_runs_.empty()) once_runs_.erase(event.object);
      break;

    case Op::chan_make: {
      ChannelInfo& channel = channels_[event.object];
      channel = ChannelInfo{};
      channel.capacity = event.value;
      channel.created_at = site_of(event);
      channel.created_by = step.task;
      live_channels_.insert(event.object);
      names_.erase(event.object);
      break;
    }
    case Op::chan_destroy:
      channel_for(step).destroyed = true;
      live_channels_.erase(event.object);
      break;
    case Op::chan_send:
    case Op::chan_timer_send: ++channel_for(step).sends; break;
    case Op::chan_recv:
      if (!has(event.flags, trace::ChanFlag::closed)) ++channel_for(step).receives;
      break;
    case Op::chan_close: channel_for(step).closed = true; break;
    case Op::chan_done: task.waiting.reset(); break;

    case Op::alloc: allocate(step); break;
    case Op::free: free(event); break;
    case Op::name: take_name(event); break;
    default: break;
  }
}

LockInfo& World::new_lock(const Event& event) {
  LockInfo& lock = locks_[event.object];
  lock = LockInfo{};
  lock.kind = static_cast<trace::LockKind>(event.arg);
  lock.created_at = site_of(event);
  lock.address = event.object;
  live_locks_.insert(event.object);
  return lock;
}

LockInfo& World::lock_for(const Event& event) {
  const auto known = locks_.find(event.object);
  if (known != locks_.end() && !known->second.destroyed) return known->second;
  // An old name is that of the lock that was here before.
  if (known != locks_.end()) names_.erase(event.object);
  LockInfo& lock = new_lock(event);
  if (const auto name = names_.find(event.object); name != names_.end()) lock.name = name->second;
  return lock;
}

ChannelInfo& World::channel_for(const Step& step) {
  const auto [entry, is_new] = channels_.try_emplace(step.event.object);
  if (is_new) {
    entry->second.created_at = site_of(step.event);
    live_channels_.insert(step.event.object);
  }
  return entry->second;
}

LockSetId World::lock_set(const std::vector<LockSets::Lock>& locks) {
  LockSetId set = no_locks;
  for (const LockSets::Lock& lock : locks) set = lock_sets_.with(set, lock);
  return set;
}

void World::acquire(Step& step, TaskInfo& task) {
  const Event& event = step.event;
  LockInfo& lock = lock_for(event);
  const bool shared = has(event.flags, trace::LockFlag::shared);
  if (has(event.flags, trace::LockFlag::again)) {
    const auto held = std::find_if(task.held.rbegin(), task.held.rend(), [&](const HeldLock& one) {
      return one.lock == event.object && one.shared == shared;
    });
    if (held != task.held.rend()) {
      ++held->depth;
      return;
    }
  }
  if (task.held.size() >= max_held) return;
  task.held.push_back({event.object, shared, site_of(event), 1});
  task.held_set = lock_sets_.with(task.held_set, {event.object, shared});
  if (lock.holders.size() < max_held) lock.holders.push_back(task.id);
  step.held = task.held_set;
}

// What one does not hold one may still give back: a library mutex has no owner. Then its holder, whoever it is, holds it
// no more.
void World::release(const Event& event, TaskInfo& task) {
  const auto found = locks_.find(event.object);
  LockInfo* const lock = found == locks_.end() ? nullptr : &found->second;
  const bool shared = has(event.flags, trace::LockFlag::shared);
  const auto find_in = [&](const TaskInfo& holder, bool as_told) {
    for (std::size_t i = holder.held.size(); i-- > 0;) {
      if (holder.held[i].lock == event.object && (!as_told || holder.held[i].shared == shared)) return i;
    }
    return holder.held.size();
  };
  for (const bool as_told : {true, false}) {
    if (const std::size_t i = find_in(task, as_told); i < task.held.size()) return drop(task, i, lock);
  }
  if (lock == nullptr || lock->holders.empty()) return;
  TaskInfo& other = known(index(lock->holders.front()));
  if (const std::size_t i = find_in(other, false); i < other.held.size()) {
    other.held[i].depth = 1;
    drop(other, i, lock);
  }
}

void World::drop(TaskInfo& holder, std::size_t held, LockInfo* lock) {
  HeldLock& one = holder.held[held];
  if (one.depth > 1) {
    --one.depth;
    return;
  }
  const LockSets::Lock gone{one.lock, one.shared};
  holder.held.erase(holder.held.begin() + static_cast<std::ptrdiff_t>(held));
  // Held twice without the recorder's word for it: the set still has it.
  const bool held_still = std::any_of(holder.held.begin(), holder.held.end(), [&](const HeldLock& other) {
    return other.lock == gone.first && other.shared == gone.second;
  });
  if (!held_still) holder.held_set = lock_sets_.without(holder.held_set, gone);
  if (holder.held.empty()) holder.held_set = no_locks;
  if (lock == nullptr) return;
  const auto entry = std::find(lock->holders.rbegin(), lock->holders.rend(), holder.id);
  if (entry != lock->holders.rend()) lock->holders.erase(std::next(entry).base());
}

void World::allocate(Step& step) {
  const Event& event = step.event;
  if (event.value == 0) return;
  const auto kind = static_cast<trace::MemoryKind>(event.arg);
  Blocks& blocks = kind == trace::MemoryKind::heap ? heap_ : ranges_;
  Block block{event.object, event.value, kind, step.task, site_of(event)};
  if (kind == trace::MemoryKind::stack || kind == trace::MemoryKind::thread_local_storage) {
    // A recorder tells of a thread's own without a place. With a place a scheduler tells of a stack for a task, or that the last one
    // is gone from there; whose it is comes next.
    if (event.pc == 0) {
      ranges_of_[index(step.task)].push_back(event.object);
      thread_seen_ = no_task;
    } else {
      block.allocated_by = no_task;
    }
  }
  step.freed_unseen = blocks.add(block);
}

void World::give_stack(std::uint64_t address, TaskId owner) {
  const Block* const stack = ranges_.beginning_at(address);
  if (stack == nullptr) return;
  Block given = *stack;
  given.allocated_by = owner;
  ranges_.add(given);
}

void World::free(const Event& event) {
  const auto kind = static_cast<trace::MemoryKind>(event.arg);
  Blocks& blocks = kind == trace::MemoryKind::heap ? heap_ : ranges_;
  // The address may have been given out anew where its free was seen late; only a mapping may be freed in parts.
  if (kind == trace::MemoryKind::mapping) {
    const Block* const block = blocks.beginning_at(event.object);
    const std::uint64_t as_allocated = block == nullptr ? 0 : block->size;
    const std::uint64_t size = event.value != 0 ? event.value : as_allocated;
    blocks.remove(event.object, event.object + size);
    heap_.remove(event.object, event.object + size);
    end_of_memory(event.object, size);
  } else {
    const std::uint64_t as_allocated = blocks.remove_block(event.object);
    end_of_memory(event.object, event.value != 0 ? event.value : as_allocated);
  }
}

void World::end_of_memory(std::uint64_t address, std::uint64_t size) {
  const std::uint64_t end = address + std::min(size, ~address);
  live_locks_.take(address, end, [this](std::uint64_t lock) { locks_.find(lock)->second.destroyed = true; });
  live_channels_.take(address, end,
                      [this](std::uint64_t channel) { channels_.find(channel)->second.destroyed = true; });
}

void World::end_of_task(TaskInfo& task) {
  task.ended = true;
  task.waiting.reset();
  const auto own = ranges_of_.find(index(task.id));
  if (own == ranges_of_.end()) return;
  thread_seen_ = no_task;
  for (const std::uint64_t address : own->second) {
    const Block* const block = ranges_.beginning_at(address);
    if (block != nullptr && block->allocated_by == task.id) ranges_.remove_block(address);
  }
  ranges_of_.erase(own);
}

void World::take_name(const Event& event) {
  switch (static_cast<trace::NameOf>(event.flags)) {
    case trace::NameOf::task: known(event.object).name = event.text; return;
    case trace::NameOf::lock:
      if (const auto lock = locks_.find(event.object); lock != locks_.end() && !lock->second.destroyed)
        lock->second.name = event.text;
      break;
    case trace::NameOf::channel:
      if (const auto channel = channels_.find(event.object); channel != channels_.end())
        channel->second.name = event.text;
      break;
    default: break;
  }
  names_[event.object] = event.text;
}

}  // namespace tenter::analysis
