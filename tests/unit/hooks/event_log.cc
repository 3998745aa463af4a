#include "event_log.h"

#include <atomic>

#include "record/hang.h"
#include "record/shadow_stack.h"

namespace tenter {
namespace {

// What one call of record:: said. Filled in before `ready`, and never changed until the log is cleared.
struct Told {
  std::atomic<bool> ready{false};
  const char* word = nullptr;
  std::uint8_t flags = 0;
  bool lock = false;
  const void* object = nullptr;
  std::uint64_t value = 0;
  bool has_value = false;
};

constexpr std::size_t capacity = 1 << 16;
constinit Told told[capacity];  // hooks tell from before the first constructor
std::atomic<std::size_t> told_count{0};
std::atomic<bool> on{true};
std::atomic<std::uint32_t> next_task{2};
thread_local std::uint32_t task_of_this_thread = 1;
thread_local int quiet_depth = 0;
thread_local bool ended = false;

void tell(const char* word, const void* object, std::uint8_t flags = 0, bool lock = false, std::uint64_t value = 0,
          bool has_value = false) {
  const std::size_t at = told_count.fetch_add(1);
  if (at >= capacity) { std::abort(); }
  Told& entry = told[at];
  entry.word = word;
  entry.flags = flags;
  entry.lock = lock;
  entry.object = object;
  entry.value = value;
  entry.has_value = has_value;
  entry.ready.store(true, std::memory_order_release);  // pairs with the acquire in describe()
}

const char* word_for(trace::Op op) {
  using trace::Op;
  switch (op) {
    case Op::atomic_store: return "store";
    case Op::lock_create: return "create";
    case Op::lock_destroy: return "destroy";
    case Op::lock_acquire: return "acquire";
    case Op::lock_release: return "release";
    case Op::lock_look: return "refused";
    case Op::cond_signal: return "signal";
    case Op::cond_wake: return "wake";
    case Op::once_begin: return "begin";
    case Op::once_end: return "end";
    case Op::once_pass: return "pass";
    case Op::barrier_create: return "create";
    case Op::barrier_arrive: return "arrive";
    case Op::barrier_leave: return "leave";
    case Op::sem_create: return "create";
    case Op::sem_post: return "post";
    case Op::sem_wait: return "obtain";
    case Op::sem_look: return "look";
    case Op::acquire: return "order-in";
    case Op::release: return "order-out";
    case Op::futex_wake: return "wake-futex";
    default: return "other";
  }
}

const char* word_for(trace::WaitKind kind) {
  using trace::WaitKind;
  switch (kind) {
    case WaitKind::lock: return "wait(lock)";
    case WaitKind::shared_lock: return "wait(shared)";
    case WaitKind::condition: return "wait(condition)";
    case WaitKind::barrier: return "wait(barrier)";
    case WaitKind::semaphore: return "wait(semaphore)";
    case WaitKind::join: return "wait(join)";
    case WaitKind::once: return "wait(once)";
    case WaitKind::sleep: return "wait(sleep)";
    case WaitKind::futex: return "wait(futex)";
    case WaitKind::timed: return "wait(timed)";
    case WaitKind::private_futex: return "wait(private-futex)";
    default: return "wait(other)";
  }
}

const char* word_for(trace::MisuseKind kind) {
  using trace::MisuseKind;
  switch (kind) {
    case MisuseKind::unlock_of_unlocked_mutex: return "misuse(unlock)";
    case MisuseKind::double_lock: return "misuse(double-lock)";
    case MisuseKind::destroy_of_locked_mutex: return "misuse(destroy)";
    default: return "misuse(other)";
  }
}

std::string describe(const Told& entry) {
  while (!entry.ready.load(std::memory_order_acquire)) {}
  std::string text = entry.word;
  if (entry.has_value) { text += "(" + std::to_string(entry.value) + ")"; }
  std::string flags;
  if (entry.lock) {
    const char* names[] = {"shared", "attempt", "again", "wait"};
    for (unsigned bit = 0; bit < 4; ++bit) {
      if ((entry.flags >> bit & 1) != 0) {
        flags += flags.empty() ? "/" : ",";
        flags += names[bit];
      }
    }
  }
  return text + flags;
}

bool is_memory(const Told& entry) {
  const std::string word = entry.word;
  return word == "read" || word == "write" || word == "alloc" || word == "free" || word == "map" || word == "unmap";
}

}  // namespace

namespace record {

struct Task {
  std::uint32_t id;
};

bool active() { return on.load(std::memory_order_relaxed) && quiet_depth == 0 && !ended; }
bool interrupted() { return false; }
Quiet::Quiet() { ++quiet_depth; }
Quiet::~Quiet() { --quiet_depth; }
void quiet_begin() { ++quiet_depth; }
void quiet_end() { --quiet_depth; }

void access_range(const void* address, std::size_t size, std::uint8_t flags, Pc) {
  if (active()) { tell((flags & trace::AccessFlag::write) != 0 ? "write" : "read", address, 0, false, size, true); }
}
void alloc(const void* address, std::size_t size, trace::MemoryKind kind, Pc) {
  if (active()) { tell(kind == trace::MemoryKind::heap ? "alloc" : "map", address, 0, false, size, true); }
}
void free(const void* address, std::size_t size, trace::MemoryKind kind, Pc, std::size_t) {
  if (active()) { tell(kind == trace::MemoryKind::heap ? "free" : "unmap", address, 0, false, size, true); }
}
void sync(trace::Op op, std::uint8_t flags, std::uint8_t, const void* object, Pc) {
  if (active()) { tell(word_for(op), object, flags, op == trace::Op::lock_acquire || op == trace::Op::lock_release); }
}
void sync(trace::Op op, std::uint8_t flags, std::uint8_t, const void* object, std::uint64_t value, Pc) {
  if (active()) { tell(word_for(op), object, flags, false, value, op != trace::Op::cond_signal); }
}
void look(trace::Op op, std::uint8_t flags, std::uint8_t, const void* object, std::uint64_t value, Pc) {
  const bool lock = op == trace::Op::lock_look;
  if (active()) { tell(word_for(op), object, flags, lock, value, !lock); }
}

std::size_t handler_enter(Pc, std::uintptr_t, std::uintptr_t) {
  tell("handler", nullptr);
  return 1;
}
void handler_leave(std::size_t entered) {
  if (entered == 1) { tell("end-handler", nullptr); }
}
void jumps_to(std::uintptr_t) { tell("jump", nullptr); }
bool swap_calls(ShadowStack&) {
  tell("swap", nullptr);
  return true;
}
void ShadowStack::release() {}

// Waits nest in one case: cancellation ends one from within, and libgcc's unwinding may itself wait.
thread_local const void* waits_on[4];
thread_local unsigned wait_depth = 0;
void wait_begin(trace::WaitKind kind, const void* object, Pc, const int*) {
  if (active()) {
    waits_on[wait_depth++ % 4] = object;
    tell(word_for(kind), object);
  }
}
void wait_end() {
  if (active()) { tell("end-wait", waits_on[--wait_depth % 4]); }
}
void misuse(trace::MisuseKind kind, const void* object, Pc) {
  if (active()) { tell(word_for(kind), object); }
}
bool is_hang_handler(const void*) { return false; }
void note_handler_of_program() {}
void name(trace::NameOf, std::uint64_t id, const char*, std::size_t length) {
  if (active()) { tell("name", reinterpret_cast<const void*>(id), 0, false, length, true); }
}

void enter(Pc, std::uintptr_t) {}
void leave() {}

const void* as_object(std::uint32_t task) { return reinterpret_cast<const void*>(std::uintptr_t{task}); }

Task* thread_create(trace::TaskKind, Pc) {
  if (!active()) { return nullptr; }
  static Task tasks[4096];
  const std::uint32_t id = next_task.fetch_add(1);
  Task* task = &tasks[id % 4096];
  task->id = id;
  tell("create", as_object(id));
  return task;
}
void thread_start(Task* self, std::uintptr_t, std::size_t) {
  task_of_this_thread = self->id;
  tell("start", as_object(self->id));
}
void thread_created(bool) {}
void thread_asked_for(Pc) {}
void thread_may_begin(Pc) {}

void thread_end() {
  if (active()) {
    tell("end", as_object(task_of_this_thread));
    ended = true;
  }
}
void thread_join(std::uint32_t joined, Pc) {
  if (active()) { tell("join", as_object(joined)); }
}
void thread_detach(std::uint32_t detached, Pc) {
  if (active()) { tell("detach", as_object(detached)); }
}
std::uint32_t id_of(const Task* task) { return task->id; }
Task* current_task() {
  static thread_local Task task;
  task.id = task_of_this_thread;
  return &task;
}

bool in_instrumented_module(Pc) { return true; }
void modules_changed() {}
void flush() {
  if (active()) { tell("flush", nullptr); }
}
void finish(int status) { tell("finish", nullptr, 0, false, static_cast<std::uint64_t>(status), true); }
void before_exec() { tell("exec", nullptr); }
void after_failed_exec() { tell("exec_failed", nullptr); }
void stop(const char*) { tell("stop", nullptr); }
void forked_child() { tell("forked", nullptr); }

}  // namespace record

namespace test {

void log_clear() {
  for (std::size_t i = 0; i < told_count; ++i) { told[i].ready = false; }
  told_count = 0;
}

std::string log_of(const void* object) {
  const record::Quiet quiet;
  std::string all;
  const std::size_t count = told_count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = describe(told[i]);
    if (is_memory(told[i]) || (object != nullptr && told[i].object != object)) { continue; }
    all += all.empty() ? text : " " + text;
  }
  return all;
}

std::string memory_log_of(const void* start, std::size_t size) {
  const record::Quiet quiet;
  std::string all;
  const auto first = reinterpret_cast<std::uintptr_t>(start);
  const std::size_t count = told_count;
  for (std::size_t i = 0; i < count; ++i) {
    describe(told[i]);
    const auto at = reinterpret_cast<std::uintptr_t>(told[i].object);
    if (!is_memory(told[i]) || at < first || at >= first + size) { continue; }
    const std::string text =
        std::string(told[i].word) + "(" + std::to_string(at - first) + "," + std::to_string(told[i].value) + ")";
    all += all.empty() ? text : " " + text;
  }
  return all;
}

std::uint32_t own_task() { return task_of_this_thread; }
void log_on(bool value) { on = value; }

}  // namespace test
}  // namespace tenter
