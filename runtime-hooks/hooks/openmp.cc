// Parallel regions, barriers, critical sections, ordered blocks and locks.
#include "hooks/openmp.h"

#include "hooks/hold_counts.h"
#include "hooks/mutex_events.h"

namespace tenter::hooks {
namespace {

using record::Pc;
using trace::LockFlag;
using trace::LockKind;
using trace::Op;
using trace::WaitKind;

__attribute__((tls_model("initial-exec"))) thread_local constinit OpenMpPlace place{};

}  // namespace

OpenMpPlace& openmp_place() {
  if (place.task == nullptr) { place.task = &place; }
  return place;
}

// ---- parallel regions ----------------------------------------------------------------------------------

namespace {

using Body = void(void*);

void run_member(void* raw) {
  auto* team = static_cast<OpenMpTeam*>(raw);
  const OpenMpPlace outer = place;
  place = OpenMpPlace{team, 0, nullptr, nullptr};
  place.task = &outer;  // an address of this run's own
  openmp_acquire(&team->begin, team->pc);
  team->body(team->data);
  openmp_release(&team->end, team->pc);
  place = outer;
}

// `run` is libgomp's function, with the body and its data instead of the program's.
template <class Run>
auto in_region(Body* body, void* data, Pc pc, Run run) {
  if (!record::active()) { return run(body, data); }
  // Told behind the region, whatever `run` returns.
  struct Region {
    OpenMpTeam team;
    ~Region() { openmp_acquire(&team.end, team.pc); }
  } region{{body, data, pc, 0, 0, 0, 0, {}}};
  openmp_release(&region.team.begin, pc);
  return run(run_member, &region.team);
}

}  // namespace

TENTER_OPENMP(void, GOMP_parallel, (Body * body, void* data, unsigned threads, unsigned flags)) {
  in_region(body, data, TENTER_CALLER_PC(), [&](Body* b, void* d) { NEXT(GOMP_parallel)(b, d, threads, flags); });
}
TENTER_OPENMP(unsigned, GOMP_parallel_reductions, (Body * body, void* data, unsigned threads, unsigned flags)) {
  // The reductions are described in `data`, where libgomp looks for them; it hands that to the body as it is.
  if (!record::active()) { return NEXT(GOMP_parallel_reductions)(body, data, threads, flags); }
  struct Described {  // of data: what libgomp reads
    void** reductions;
  };
  struct Forwarded {
    Described described;
    OpenMpTeam team;
  } forwarded{{*static_cast<void***>(data)}, {body, data, TENTER_CALLER_PC(), 0, 0, 0, 0, {}}};
  openmp_release(&forwarded.team.begin, forwarded.team.pc);
  const unsigned result = NEXT(GOMP_parallel_reductions)(
      [](void* raw) { run_member(&static_cast<Forwarded*>(raw)->team); }, &forwarded, threads, flags);
  openmp_acquire(&forwarded.team.end, forwarded.team.pc);
  return result;
}
TENTER_OPENMP(void, GOMP_parallel_sections,
              (Body * body, void* data, unsigned threads, unsigned count, unsigned flags)) {
  in_region(body, data, TENTER_CALLER_PC(),
            [&](Body* b, void* d) { NEXT(GOMP_parallel_sections)(b, d, threads, count, flags); });
}
TENTER_OPENMP(void, GOMP_teams_reg, (Body * body, void* data, unsigned teams, unsigned limit, unsigned flags)) {
  in_region(body, data, TENTER_CALLER_PC(), [&](Body* b, void* d) { NEXT(GOMP_teams_reg)(b, d, teams, limit, flags); });
}

#define TENTER_OPENMP_LOOP_REGION(function)                                                                       \
  TENTER_OPENMP(                                                                                                  \
      void, function,                                                                                             \
      (Body * body, void* data, unsigned threads, long start, long end, long step, long chunk, unsigned flags)) { \
    in_region(body, data, TENTER_CALLER_PC(),                                                                     \
              [&](Body* b, void* d) { NEXT(function)(b, d, threads, start, end, step, chunk, flags); });          \
  }
#define TENTER_OPENMP_RUNTIME_LOOP_REGION(function)                                                             \
  TENTER_OPENMP(void, function,                                                                                 \
                (Body * body, void* data, unsigned threads, long start, long end, long step, unsigned flags)) { \
    in_region(body, data, TENTER_CALLER_PC(),                                                                   \
              [&](Body* b, void* d) { NEXT(function)(b, d, threads, start, end, step, flags); });               \
  }
TENTER_OPENMP_LOOP_REGION(GOMP_parallel_loop_static)
TENTER_OPENMP_LOOP_REGION(GOMP_parallel_loop_dynamic)
TENTER_OPENMP_LOOP_REGION(GOMP_parallel_loop_guided)
TENTER_OPENMP_LOOP_REGION(GOMP_parallel_loop_nonmonotonic_dynamic)
TENTER_OPENMP_LOOP_REGION(GOMP_parallel_loop_nonmonotonic_guided)
TENTER_OPENMP_RUNTIME_LOOP_REGION(GOMP_parallel_loop_runtime)
TENTER_OPENMP_RUNTIME_LOOP_REGION(GOMP_parallel_loop_nonmonotonic_runtime)
TENTER_OPENMP_RUNTIME_LOOP_REGION(GOMP_parallel_loop_maybe_nonmonotonic_runtime)

// ---- barriers ------------------------------------------------------------------------------------------

namespace {

// `wait` returns when all threads of the team have come, and all tasks that were created before are done.
template <class Wait>
auto at_barrier(Pc pc, Wait wait) {
  OpenMpTeam* team = place.team;
  if (team == nullptr || !record::active()) { return wait(); }
  struct Passing {
    OpenMpTeam* team;
    const void* label;
    Pc pc;
    ~Passing() {
      record::wait_end();
      openmp_acquire(label, pc);
      openmp_acquire(&team->tasks, pc);
    }
  } passing{team, &team->barriers[place.barriers_passed++ % 2], pc};
  openmp_release(passing.label, pc);
  record::wait_begin(WaitKind::barrier, passing.label, pc);
  return wait();
}

}  // namespace

#define TENTER_OPENMP_BARRIER(result, function) \
  TENTER_OPENMP(result, function, ()) { return at_barrier(TENTER_CALLER_PC(), NEXT(function)); }
TENTER_OPENMP_BARRIER(void, GOMP_barrier)
TENTER_OPENMP_BARRIER(bool, GOMP_barrier_cancel)
TENTER_OPENMP_BARRIER(void, GOMP_loop_end)
TENTER_OPENMP_BARRIER(bool, GOMP_loop_end_cancel)
TENTER_OPENMP_BARRIER(void, GOMP_sections_end)
TENTER_OPENMP_BARRIER(bool, GOMP_sections_end_cancel)

// `single` with copyprivate: the one that runs the block hands out a pointer when it ends, the others wait for it where
// the block begins. Each comes through this meeting once.
TENTER_OPENMP(void*, GOMP_single_copy_start, ()) {
  const Pc pc = TENTER_CALLER_PC();
  OpenMpTeam* team = place.team;
  if (team == nullptr || !record::active()) { return NEXT(GOMP_single_copy_start)(); }
  const void* label = &team->barriers[place.barriers_passed % 2];
  void* shared = NEXT(GOMP_single_copy_start)();
  if (shared != nullptr) {
    ++place.barriers_passed;
    openmp_acquire(label, pc);
  }
  return shared;
}
TENTER_OPENMP(void, GOMP_single_copy_end, (void* shared)) {
  if (place.team != nullptr && record::active()) {
    openmp_release(&place.team->barriers[place.barriers_passed++ % 2], TENTER_CALLER_PC());
  }
  NEXT(GOMP_single_copy_end)(shared);
}

// ---- critical sections ---------------------------------------------------------------------------------

namespace {

char unnamed_critical, unnamed_atomic;  // the locks' names in the recording

void tell_lock(Op op, int flags, LockKind kind, const void* lock, Pc pc) {
  record::sync(op, static_cast<std::uint8_t>(flags), static_cast<std::uint8_t>(kind), lock, pc);
}

template <class Take>
void take_lock(const void* lock, Pc pc, Take take) {
  if (!record::active()) { return take(); }
  {
    const Waiting waiting(WaitKind::lock, lock, pc);
    take();
  }
  tell_lock(Op::lock_acquire, 0, LockKind::mutex, lock, pc);
}

}  // namespace

TENTER_OPENMP(void, GOMP_critical_start, ()) {
  take_lock(&unnamed_critical, TENTER_CALLER_PC(), NEXT(GOMP_critical_start));
}
TENTER_OPENMP(void, GOMP_critical_end, ()) {
  tell_lock(Op::lock_release, 0, LockKind::mutex, &unnamed_critical, TENTER_CALLER_PC());
  NEXT(GOMP_critical_end)();
}
TENTER_OPENMP(void, GOMP_critical_name_start, (void** name)) {
  take_lock(name, TENTER_CALLER_PC(), [&] { NEXT(GOMP_critical_name_start)(name); });
}
TENTER_OPENMP(void, GOMP_critical_name_end, (void** name)) {
  tell_lock(Op::lock_release, 0, LockKind::mutex, name, TENTER_CALLER_PC());
  NEXT(GOMP_critical_name_end)(name);
}
TENTER_OPENMP(void, GOMP_atomic_start, ()) { take_lock(&unnamed_atomic, TENTER_CALLER_PC(), NEXT(GOMP_atomic_start)); }
TENTER_OPENMP(void, GOMP_atomic_end, ()) {
  tell_lock(Op::lock_release, 0, LockKind::mutex, &unnamed_atomic, TENTER_CALLER_PC());
  NEXT(GOMP_atomic_end)();
}

// ---- ordered blocks: in the order of the iterations ----------------------------------------------------

TENTER_OPENMP(void, GOMP_ordered_start, ()) {
  NEXT(GOMP_ordered_start)();
  if (place.team != nullptr) { openmp_acquire(&place.team->ordered, TENTER_CALLER_PC()); }
}
TENTER_OPENMP(void, GOMP_ordered_end, ()) {
  if (place.team != nullptr) { openmp_release(&place.team->ordered, TENTER_CALLER_PC()); }
  NEXT(GOMP_ordered_end)();
}

// ---- locks ---------------------------------------------------------------------------------------------

namespace {

__attribute__((tls_model("initial-exec"))) thread_local constinit HoldCounts nested_holds{};

int again(unsigned holds) { return holds != 0 ? LockFlag::again : 0; }

}  // namespace

TENTER_OPENMP(void, omp_init_lock, (void* lock)) {
  NEXT(omp_init_lock)(lock);
  tell_lock(Op::lock_create, 0, LockKind::mutex, lock, TENTER_CALLER_PC());
}
TENTER_OPENMP(void, omp_destroy_lock, (void* lock)) {
  NEXT(omp_destroy_lock)(lock);
  tell_lock(Op::lock_destroy, 0, LockKind::mutex, lock, TENTER_CALLER_PC());
}
TENTER_OPENMP(void, omp_set_lock, (void* lock)) {
  take_lock(lock, TENTER_CALLER_PC(), [&] { NEXT(omp_set_lock)(lock); });
}
TENTER_OPENMP(int, omp_test_lock, (void* lock)) {
  const int taken = NEXT(omp_test_lock)(lock);
  if (taken != 0) {
    tell_lock(Op::lock_acquire, LockFlag::attempt, LockKind::mutex, lock, TENTER_CALLER_PC());
  } else {
    record_refusal(0, LockKind::mutex, lock, TENTER_CALLER_PC());
  }
  return taken;
}
TENTER_OPENMP(void, omp_unset_lock, (void* lock)) {
  tell_lock(Op::lock_release, 0, LockKind::mutex, lock, TENTER_CALLER_PC());
  NEXT(omp_unset_lock)(lock);
}

TENTER_OPENMP(void, omp_init_nest_lock, (void* lock)) {
  NEXT(omp_init_nest_lock)(lock);
  tell_lock(Op::lock_create, 0, LockKind::recursive_mutex, lock, TENTER_CALLER_PC());
}
TENTER_OPENMP(void, omp_destroy_nest_lock, (void* lock)) {
  NEXT(omp_destroy_nest_lock)(lock);
  tell_lock(Op::lock_destroy, 0, LockKind::recursive_mutex, lock, TENTER_CALLER_PC());
}
TENTER_OPENMP(void, omp_set_nest_lock, (void* lock)) {
  const Pc pc = TENTER_CALLER_PC();
  {
    const Waiting waiting(WaitKind::lock, lock, pc);
    NEXT(omp_set_nest_lock)(lock);
  }
  tell_lock(Op::lock_acquire, again(nested_holds.lock(lock)), LockKind::recursive_mutex, lock, pc);
}
TENTER_OPENMP(int, omp_test_nest_lock, (void* lock)) {
  const int depth = NEXT(omp_test_nest_lock)(lock);
  if (depth != 0) {
    tell_lock(Op::lock_acquire, LockFlag::attempt | again(nested_holds.lock(lock)), LockKind::recursive_mutex, lock,
              TENTER_CALLER_PC());
  } else {
    record_refusal(0, LockKind::recursive_mutex, lock, TENTER_CALLER_PC());
  }
  return depth;
}
TENTER_OPENMP(void, omp_unset_nest_lock, (void* lock)) {
  tell_lock(Op::lock_release, again(nested_holds.unlock(lock)), LockKind::recursive_mutex, lock, TENTER_CALLER_PC());
  NEXT(omp_unset_nest_lock)(lock);
}

}  // namespace tenter::hooks
