// Explicit tasks of OpenMP: task, taskloop, taskwait, taskgroup and depend.
//
// What a task does comes after what its creator did before, and before what follows a taskwait, a taskgroup's end or a
// barrier that waits for it. libgomp copies a task's arguments and gives them to it; here they are copied into a block of
// ours, which the task itself gives back, so that its life is in the recording in the order that it had. libgomp only
// carries the block's address.
#include <cstring>

#include "hooks/openmp.h"

TENTER_NEXT(void*, malloc, (std::size_t))
TENTER_NEXT(void, free, (void*))

namespace tenter::hooks {
namespace {

using record::Pc;

using Body = void(void*);
using Copy = void(void*, void*);

// From gomp-constants.h: bits of a task's flags.
constexpr unsigned flag_depend = 1u << 3;
constexpr unsigned flag_no_group = 1u << 11;
constexpr unsigned flag_reduction = 1u << 12;
constexpr unsigned flag_detach = 1u << 13;

// ---- depend --------------------------------------------------------------------------------------------

// A task that writes comes after all that read or wrote the address before it, and one that reads after all that wrote.
// So writers and readers have a label each. The readers' is no address of user space.
const void* writers_label(std::uintptr_t address) { return reinterpret_cast<const void*>(address); }
const void* readers_label(std::uintptr_t address) {
  return reinterpret_cast<const void*>(address | std::uintptr_t{1} << trace::address_bits);
}

struct Dependence {
  std::uintptr_t address;
  bool writes;
};

// libgomp's array: the count, how many of these are out or inout, the addresses, those first. Or: 0, the count, how
// many are out, how many mutexinoutset, how many in, the addresses in this order, and behind them pointers to depend
// objects, of an address and a kind (1 is in).
class Dependences {
 public:
  explicit Dependences(void** raw) : raw_(raw) {
    if (raw == nullptr) { return; }
    if (raw[0] != nullptr) {
      count_ = number(0);
      writers_ = named_ = number(1);
      named_ = count_;
      first_ = 2;
    } else {
      count_ = number(1);
      writers_ = number(2) + number(3);
      named_ = writers_ + number(4);
      first_ = 5;
    }
  }
  std::size_t count() const { return count_; }
  Dependence operator[](std::size_t i) const {
    if (i < named_) { return {number(first_ + i), i < writers_}; }
    const auto* object = static_cast<void* const*>(raw_[first_ + i]);
    return {reinterpret_cast<std::uintptr_t>(object[0]), reinterpret_cast<std::uintptr_t>(object[1]) != 1};
  }

 private:
  std::uintptr_t number(std::size_t i) const { return reinterpret_cast<std::uintptr_t>(raw_[i]); }

  void** raw_;
  std::size_t count_ = 0;
  std::size_t writers_ = 0;
  std::size_t named_ = 0;  // the rest are depend objects
  std::size_t first_ = 0;
};

void acquire_before(const Dependence& dependence, Pc pc) {
  openmp_acquire(writers_label(dependence.address), pc);
  if (dependence.writes) { openmp_acquire(readers_label(dependence.address), pc); }
}
void release_after(const Dependence& dependence, Pc pc) {
  openmp_release(dependence.writes ? writers_label(dependence.address) : readers_label(dependence.address), pc);
}

// ---- a task --------------------------------------------------------------------------------------------

// The dependences follow, then the arguments. The block's address is the label of its creation, and of its children.
struct Task {
  Body* body;
  void* arguments;
  OpenMpTeam* team;
  const void* parent;
  const void* group;
  std::size_t bytes;
  std::size_t dependence_count;
  Pc pc;

  Dependence* dependences() { return reinterpret_cast<Dependence*>(this + 1); }
};

// What a task is made of.
struct Origin {
  Body* body;
  void* data;
  Copy* copy;  // null: the bytes
  std::size_t size;
  std::size_t alignment;
  Pc pc;
};

// Null: no memory.
Task* make_task(const Origin& origin, const Dependences& dependences) {
  const std::size_t head = sizeof(Task) + dependences.count() * sizeof(Dependence);
  const std::size_t bytes = head + origin.alignment + origin.size;
  auto* task = static_cast<Task*>(REAL(malloc)(bytes));
  if (task == nullptr) { return nullptr; }
  record::alloc(task, bytes, trace::MemoryKind::heap, origin.pc);
  const OpenMpPlace& place = openmp_place();
  auto begin = reinterpret_cast<std::uintptr_t>(task) + head;
  if (origin.alignment > 1) { begin = (begin + origin.alignment - 1) / origin.alignment * origin.alignment; }
  void* arguments = reinterpret_cast<void*>(begin);
  *task = Task{origin.body, arguments, place.team, place.task, place.group, bytes, dependences.count(), origin.pc};
  for (std::size_t i = 0; i < dependences.count(); ++i) { task->dependences()[i] = dependences[i]; }
  if (origin.copy != nullptr) {
    origin.copy(arguments, origin.data);
  } else if (origin.size != 0) {
    std::memcpy(arguments, origin.data, origin.size);
  }
  openmp_release(task, origin.pc);
  return task;
}

void run(Task* task) {
  OpenMpPlace& place = openmp_place();
  const OpenMpPlace outer = place;
  place = OpenMpPlace{task->team, 0, task, task->group};
  const Pc pc = task->pc;
  openmp_acquire(task, pc);
  for (std::size_t i = 0; i < task->dependence_count; ++i) { acquire_before(task->dependences()[i], pc); }
  task->body(task->arguments);
  for (std::size_t i = 0; i < task->dependence_count; ++i) { release_after(task->dependences()[i], pc); }
  openmp_release(task->parent, pc);
  if (task->group != nullptr) { openmp_release(task->group, pc); }
  if (task->team != nullptr) {
    openmp_release(&task->team->tasks, pc);
    openmp_release(&task->team->end, pc);
  }
  record::free(task, task->bytes, trace::MemoryKind::heap, pc);
  REAL(free)(task);
  place = outer;
}

void run_carried(void* raw) { run(*static_cast<Task**>(raw)); }

}  // namespace

TENTER_OPENMP(void, GOMP_task,
              (Body * body, void* data, Copy* copy, long size, long alignment, bool deferred, unsigned flags,
               void** depend, int priority, void* detach)) {
  // Of a detachable task libgomp writes the event's handle into the arguments; its end is wherever the event is fulfilled.
  Task* task = nullptr;
  if (record::active() && (flags & flag_detach) == 0) {
    task = make_task(
        {body, data, copy, static_cast<std::size_t>(size), static_cast<std::size_t>(alignment), TENTER_CALLER_PC()},
        Dependences((flags & flag_depend) != 0 ? depend : nullptr));
  }
  if (task == nullptr) {
    return NEXT(GOMP_task)(body, data, copy, size, alignment, deferred, flags, depend, priority, detach);
  }
  NEXT(GOMP_task)(run_carried, &task, nullptr, sizeof task, alignof(Task*), deferred, flags, depend, priority, detach);
}

TENTER_OPENMP(void, GOMP_taskwait, ()) {
  NEXT(GOMP_taskwait)();
  openmp_acquire(openmp_place().task, TENTER_CALLER_PC());
}
TENTER_OPENMP(void, GOMP_taskwait_depend, (void** depend)) {
  NEXT(GOMP_taskwait_depend)(depend);
  const Dependences dependences(depend);
  for (std::size_t i = 0; i < dependences.count(); ++i) { acquire_before(dependences[i], TENTER_CALLER_PC()); }
}

// ---- taskgroup -----------------------------------------------------------------------------------------

namespace {

struct Group {  // its address is the label
  const void* outer;
};

const void* begin_group(Group* group) {
  OpenMpPlace& place = openmp_place();
  group->outer = place.group;
  place.group = group;
  return group;
}
void end_group(const Group& group, Pc pc) {
  openmp_acquire(&group, pc);
  openmp_place().group = group.outer;
}

}  // namespace

TENTER_OPENMP(void, GOMP_taskgroup_start, ()) {
  NEXT(GOMP_taskgroup_start)();
  if (auto* group = static_cast<Group*>(REAL(malloc)(sizeof(Group))); group != nullptr) { begin_group(group); }
}
TENTER_OPENMP(void, GOMP_taskgroup_end, ()) {
  NEXT(GOMP_taskgroup_end)();
  auto* group = const_cast<Group*>(static_cast<const Group*>(openmp_place().group));
  if (group == nullptr) { return; }
  end_group(*group, TENTER_CALLER_PC());
  REAL(free)(group);
}

// ---- taskloop ------------------------------------------------------------------------------------------

namespace {

// The arguments of one of a loop's tasks begin with its first iteration and the one behind its last. libgomp has them
// copied from `data`, by our function, and then writes the two.
struct LoopArguments {
  std::uint64_t begin;
  std::uint64_t end;
  void* reductions;      // where libgomp looks for them in `data`
  const Origin* origin;  // in `data`: what the tasks are made of
  Task* task;            // in a copy
};

void copy_loop_arguments(void* to, void* from) {
  const auto& loop = *static_cast<const LoopArguments*>(from);
  Task* task = make_task(*loop.origin, Dependences(nullptr));
  if (task == nullptr) { __builtin_trap(); }  // libgomp does the same without memory
  *static_cast<LoopArguments*>(to) = LoopArguments{0, 0, nullptr, nullptr, task};
}

void run_loop_part(void* raw) {
  const auto& part = *static_cast<const LoopArguments*>(raw);
  auto* bounds = static_cast<std::uint64_t*>(part.task->arguments);
  bounds[0] = part.begin;
  bounds[1] = part.end;
  run(part.task);
}

template <class RunLoop>
void in_taskloop(const Origin& origin, unsigned flags, RunLoop run_loop) {
  void* reductions = nullptr;
  if ((flags & flag_reduction) != 0) { reductions = static_cast<void**>(origin.data)[2]; }
  LoopArguments arguments{0, 0, reductions, &origin, nullptr};
  Group group{};
  const bool grouped = (flags & flag_no_group) == 0;
  if (grouped) { begin_group(&group); }
  run_loop(&arguments);
  if (grouped) { end_group(group, origin.pc); }
}

}  // namespace

#define TENTER_OPENMP_TASKLOOP(function, Count)                                                                       \
  TENTER_OPENMP(void, function,                                                                                       \
                (Body * body, void* data, Copy* copy, long size, long alignment, unsigned flags, unsigned long tasks, \
                 int priority, Count start, Count end, Count step)) {                                                 \
    if (!record::active()) {                                                                                          \
      return NEXT(function)(body, data, copy, size, alignment, flags, tasks, priority, start, end, step);             \
    }                                                                                                                 \
    const Origin origin{                                                                                              \
        body, data, copy, static_cast<std::size_t>(size), static_cast<std::size_t>(alignment), TENTER_CALLER_PC()};   \
    in_taskloop(origin, flags, [&](LoopArguments* arguments) {                                                        \
      NEXT(function)                                                                                                  \
      (run_loop_part, arguments, copy_loop_arguments, sizeof(LoopArguments), alignof(LoopArguments), flags, tasks,    \
       priority, start, end, step);                                                                                   \
    });                                                                                                               \
  }
TENTER_OPENMP_TASKLOOP(GOMP_taskloop, long)
TENTER_OPENMP_TASKLOOP(GOMP_taskloop_ull, unsigned long long)

}  // namespace tenter::hooks
