// What programs tell other tools: ThreadSanitizer's fiber and mutex interfaces, and the older Annotate* functions.
#include <cstddef>
#include <cstdint>

#include "hooks/hold_counts.h"
#include "record/fast_path.h"
#include "record/record.h"
#include "record/text_buffer.h"
#include "trace/event.h"

namespace record = tenter::record;
using tenter::trace::LockFlag;
using tenter::trace::LockKind;
using tenter::trace::NameOf;
using tenter::trace::Op;
using tenter::trace::TaskKind;

namespace {

std::uint8_t byte(int value) { return static_cast<std::uint8_t>(value); }
record::Task* as_task(void* handle) { return static_cast<record::Task*>(handle); }
std::uint64_t id_of(void* handle) { return record::id_of(as_task(handle)); }

void tell(Op op, int flags, const void* object, record::Pc pc) { record::sync(op, byte(flags), 0, object, pc); }

}  // namespace

// ---- ThreadSanitizer's order and fibers -----------------------------------------------------------------------------------

TENTER_HOOK void __tsan_acquire(void* object) { tell(Op::acquire, 0, object, TENTER_CALLER_PC()); }
TENTER_HOOK void __tsan_release(void* object) { tell(Op::release, 0, object, TENTER_CALLER_PC()); }

TENTER_HOOK void* __tsan_get_current_fiber() { return record::current_task(); }
TENTER_HOOK void* __tsan_create_fiber(unsigned) {
  return record::task_create(TaskKind::task, nullptr, 0, TENTER_CALLER_PC());
}
// A switch hands over what happened so far, unless the flag 1 says that it does not.
TENTER_HOOK void __tsan_switch_to_fiber(void* fiber, unsigned flags) {
  const auto pc = TENTER_CALLER_PC();
  const bool orders = (flags & 1u) == 0;
  if (orders) { tell(Op::release, 0, fiber, pc); }
  record::fiber_switch(as_task(fiber));
  if (orders) { tell(Op::acquire, 0, fiber, pc); }
}
TENTER_HOOK void __tsan_destroy_fiber(void* fiber) { record::fiber_destroy(as_task(fiber)); }
TENTER_HOOK void __tsan_set_fiber_name(void* fiber, const char* name) {
  record::name(NameOf::task, id_of(fiber), name, record::length_of(name));
}

// ---- ThreadSanitizer's mutexes -----------------------------------------------------------------------------------------------

namespace {

// Flags of __tsan_mutex_*, from <sanitizer/tsan_interface.h>.
constexpr unsigned mutex_write_reentrant = 1u << 1;
constexpr unsigned mutex_read_reentrant = 1u << 2;
constexpr unsigned mutex_read_lock = 1u << 3;
constexpr unsigned mutex_try_lock = 1u << 4;
constexpr unsigned mutex_try_lock_failed = 1u << 5;

constexpr unsigned mutex_recursive_lock = 1u << 6;
constexpr unsigned mutex_recursive_unlock = 1u << 7;

std::uint8_t lock_kind(unsigned flags) {
  if ((flags & (mutex_write_reentrant | mutex_read_reentrant)) != 0) {
    return byte(static_cast<int>(LockKind::recursive_mutex));
  }
  return byte(static_cast<int>((flags & mutex_read_lock) != 0 ? LockKind::rwlock : LockKind::mutex));
}
int lock_flags(unsigned flags) {
  return ((flags & mutex_read_lock) != 0 ? LockFlag::shared : 0) |
         ((flags & mutex_try_lock) != 0 ? LockFlag::attempt : 0);
}

// Which of these mutexes the thread holds, and how often: the annotations do not say when a lock is taken again.
__attribute__((tls_model("initial-exec"))) thread_local constinit tenter::hooks::HoldCounts annotated_holds{};

}  // namespace

TENTER_HOOK void __tsan_mutex_create(void* mutex, unsigned flags) {
  record::sync(Op::lock_create, 0, lock_kind(flags), mutex, TENTER_CALLER_PC());
}
TENTER_HOOK void __tsan_mutex_destroy(void* mutex, unsigned) { tell(Op::lock_destroy, 0, mutex, TENTER_CALLER_PC()); }
// From pre to post the inside of the mutex runs, which is nobody's business.
TENTER_HOOK void __tsan_mutex_pre_lock(void*, unsigned) { record::quiet_begin(); }
// `recursion`: with the flag for it, how many holds a recursive unlock gave up.
TENTER_HOOK void __tsan_mutex_post_lock(void* mutex, unsigned flags, int recursion) {
  record::quiet_end();
  if ((flags & mutex_try_lock_failed) != 0) {
    const int shared = lock_flags(flags) & LockFlag::shared;
    record::look(Op::lock_look, byte(shared), lock_kind(flags), mutex, 0, TENTER_CALLER_PC());
    return;
  }
  const unsigned holds = (flags & mutex_recursive_lock) != 0 && recursion > 1 ? static_cast<unsigned>(recursion) : 1;
  unsigned before = annotated_holds.lock(mutex, holds);
  for (const unsigned after = before + holds; before != after; ++before) {
    record::sync(Op::lock_acquire, byte(lock_flags(flags) | (before != 0 ? LockFlag::again : 0)), lock_kind(flags),
                 mutex, TENTER_CALLER_PC());
  }
}
// How many holds are given up.
TENTER_HOOK int __tsan_mutex_pre_unlock(void* mutex, unsigned flags) {
  int given_up = 0;
  unsigned left = 0;
  do {
    left = annotated_holds.unlock(mutex);
    record::sync(Op::lock_release, byte(lock_flags(flags) | (left != 0 ? LockFlag::again : 0)), lock_kind(flags), mutex,
                 TENTER_CALLER_PC());
    ++given_up;
  } while ((flags & mutex_recursive_unlock) != 0 && left != 0);
  record::quiet_begin();
  return given_up;
}
TENTER_HOOK void __tsan_mutex_post_unlock(void*, unsigned) { record::quiet_end(); }
TENTER_HOOK void __tsan_mutex_pre_signal(void*, unsigned) { record::quiet_begin(); }
TENTER_HOOK void __tsan_mutex_post_signal(void*, unsigned) { record::quiet_end(); }
// The inside calls back into the program for a while.
TENTER_HOOK void __tsan_mutex_pre_divert(void*, unsigned) { record::quiet_end(); }
TENTER_HOOK void __tsan_mutex_post_divert(void*, unsigned) { record::quiet_begin(); }

// ---- the older annotations ----------------------------------------------------------------------------------------------------

#define TENTER_ANNOTATE_OLD(name, ...) TENTER_HOOK void name(const char*, int, __VA_ARGS__)

TENTER_ANNOTATE_OLD(AnnotateHappensBefore, const volatile void* object) {
  tell(Op::release, 0, const_cast<const void*>(object), TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(AnnotateHappensAfter, const volatile void* object) {
  tell(Op::acquire, 0, const_cast<const void*>(object), TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(WTFAnnotateHappensBefore, const volatile void* object) {
  tell(Op::release, 0, const_cast<const void*>(object), TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(WTFAnnotateHappensAfter, const volatile void* object) {
  tell(Op::acquire, 0, const_cast<const void*>(object), TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(AnnotateRWLockCreate, const volatile void* lock) {
  record::sync(Op::lock_create, 0, lock_kind(mutex_read_lock), const_cast<const void*>(lock), TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(AnnotateRWLockCreateStatic, const volatile void* lock) {
  record::sync(Op::lock_create, 0, lock_kind(mutex_read_lock), const_cast<const void*>(lock), TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(AnnotateRWLockDestroy, const volatile void* lock) {
  tell(Op::lock_destroy, 0, const_cast<const void*>(lock), TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(AnnotateRWLockAcquired, const volatile void* lock, long exclusive) {
  record::sync(Op::lock_acquire, exclusive != 0 ? 0 : LockFlag::shared, lock_kind(mutex_read_lock),
               const_cast<const void*>(lock), TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(AnnotateRWLockReleased, const volatile void* lock, long exclusive) {
  record::sync(Op::lock_release, exclusive != 0 ? 0 : LockFlag::shared, lock_kind(mutex_read_lock),
               const_cast<const void*>(lock), TENTER_CALLER_PC());
}
TENTER_HOOK void AnnotateIgnoreReadsBegin(const char*, int) { record::ignore_begin(); }
TENTER_HOOK void AnnotateIgnoreReadsEnd(const char*, int) { record::ignore_end(); }
TENTER_HOOK void AnnotateIgnoreWritesBegin(const char*, int) { record::ignore_begin(); }
TENTER_HOOK void AnnotateIgnoreWritesEnd(const char*, int) { record::ignore_end(); }
// Orders that are dropped on request would be false reports by request.
TENTER_HOOK void AnnotateIgnoreSyncBegin(const char*, int) {}
TENTER_HOOK void AnnotateIgnoreSyncEnd(const char*, int) {}
TENTER_ANNOTATE_OLD(AnnotateNewMemory, const volatile void* address, long size) {
  record::alloc(const_cast<const void*>(address), static_cast<std::size_t>(size), tenter::trace::MemoryKind::heap,
                TENTER_CALLER_PC());
}
TENTER_ANNOTATE_OLD(AnnotateThreadName, const char* name) {
  record::name(NameOf::task, record::id_of(record::current_task()), name, record::length_of(name));
}

// Told for other tools, or about what a suppression says better: no effect here.
TENTER_HOOK void AnnotateFlushState(const char*, int) {}
TENTER_HOOK void AnnotateNoOp(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotateBenignRace(const char*, int, const volatile void*, const char*) {}
TENTER_HOOK void AnnotateBenignRaceSized(const char*, int, const volatile void*, long, const char*) {}
TENTER_HOOK void WTFAnnotateBenignRaceSized(const char*, int, const volatile void*, long, const char*) {}
TENTER_HOOK void AnnotateCondVarSignal(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotateCondVarSignalAll(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotateCondVarWait(const char*, int, const volatile void*, const volatile void*) {}
TENTER_HOOK void AnnotateMutexIsNotPHB(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotateMutexIsUsedAsCondVar(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotatePCQCreate(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotatePCQDestroy(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotatePCQPut(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotatePCQGet(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotatePublishMemoryRange(const char*, int, const volatile void*, long) {}
TENTER_HOOK void AnnotateUnpublishMemoryRange(const char*, int, const volatile void*, long) {}
TENTER_HOOK void AnnotateExpectRace(const char*, int, const volatile void*, const char*) {}
TENTER_HOOK void AnnotateFlushExpectedRaces(const char*, int) {}
TENTER_HOOK void AnnotateEnableRaceDetection(const char*, int, int) {}
TENTER_HOOK void AnnotateTraceMemory(const char*, int, const volatile void*) {}
TENTER_HOOK void AnnotateMemoryIsInitialized(const char*, int, const volatile void*, std::size_t) {}
TENTER_HOOK void AnnotateMemoryIsUninitialized(const char*, int, const volatile void*, std::size_t) {}
TENTER_HOOK int RunningOnValgrind() { return 0; }
TENTER_HOOK double ValgrindSlowdown() { return 10.0; }
TENTER_HOOK const char* ThreadSanitizerQuery(const char*) { return "0"; }
