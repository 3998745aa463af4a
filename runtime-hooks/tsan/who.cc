#include "tsan/who.h"

#include <pthread.h>
#include <sys/syscall.h>

#include <atomic>

#include "record/output.h"
#include "record/recorder.h"
#include "record/sys.h"
#include "record/task.h"
#include "record/text_buffer.h"
#include "tsan/pool.h"
#include "tsan/thread_locals.h"

namespace tenter::detector {
namespace {

constexpr unsigned no_order = 1;  // of __tsan_switch_to_fiber: the switch itself orders nothing
constexpr const char* task_words = "task ";

constinit Pool<Who> everybody;

__attribute__((tls_model("initial-exec"))) thread_local constinit Who* own = nullptr;
__attribute__((tls_model("initial-exec"))) thread_local constinit Who* current = nullptr;
__attribute__((tls_model("initial-exec"))) thread_local constinit bool has_ended = false;
__attribute__((tls_model("initial-exec"))) thread_local constinit bool runs_tasks = false;

// ---- threads ------------------------------------------------------------------------------------------------------

// By the operating system's number. A number that comes again means the later thread.
class Threads {
 public:
  void add(std::uint32_t os_id, std::uint32_t id) {
    const record::SpinGuard guard(lock_);
    std::uint64_t& place = places_[os_id % count];
    place = std::uint64_t{os_id} << 32 | id;
  }
  std::uint32_t find(std::uint64_t os_id) {
    const record::SpinGuard guard(lock_);
    const std::uint64_t place = places_[os_id % count];
    return place >> 32 == os_id ? static_cast<std::uint32_t>(place) : 0;
  }
  void reset_lock() { lock_.reset(); }

 private:
  static constexpr std::size_t count = 1u << 16;
  record::SpinLock lock_;
  std::uint64_t places_[count] = {};  // guarded by lock_
};
constinit Threads threads;

pthread_key_t end_key;
bool has_end_key = false;

void at_thread_end(void* rounds) {
  // Destructors of the program's own keys may come in any of the rounds; the end of the last one is ours.
  if (const auto left = reinterpret_cast<std::uintptr_t>(rounds); left > 1) {
    pthread_setspecific(end_key, reinterpret_cast<void*>(left - 1));
    return;
  }
  record::thread_end();
  has_ended = true;
  if (own != nullptr) { everybody.drop(own); }
  own = current = nullptr;
}

__attribute__((constructor(102))) void create_end_key() {
  has_end_key = pthread_key_create(&end_key, at_thread_end) == 0;
}

Who* become_known() {
  if (has_ended) { return nullptr; }
  Who* const self = everybody.make();
  if (self == nullptr) { return nullptr; }
  self->recorded = record::current_task();
  self->fiber = __tsan_get_current_fiber();
  own = current = self;
  if (self->recorded != nullptr) {
    threads.add(static_cast<std::uint32_t>(record::sys::call(SYS_gettid)), record::id_of(self->recorded));
  }
  if (has_end_key) {
    pthread_setspecific(end_key, reinterpret_cast<void*>(std::uintptr_t{PTHREAD_DESTRUCTOR_ITERATIONS}));
  }
  return self;
}

// ---- how many there can be ----------------------------------------------------------------------------------------

// gcc 12 has the second version of ThreadSanitizer, which numbers threads and fibers with 13 bits and ends the process
// where these are used up. The third version has a function that the second one lacks.
constexpr std::int64_t most_in_version_two = 8128;
extern "C" __attribute__((weak)) void __tsan_on_thread_idle();

constinit std::atomic<std::int64_t> live_tasks{0};  // relaxed: a statistic
constinit std::atomic<bool> limit_told{false};

void count_task() {
  const std::int64_t live = live_tasks.fetch_add(1, std::memory_order_relaxed) + 1;
  constexpr std::int64_t threads_beside = 64;
  if (live < most_in_version_two - threads_beside || __tsan_on_thread_idle != nullptr) { return; }
  if (!limit_told.exchange(true, std::memory_order_relaxed)) {
    record::say(
        "this compiler's ThreadSanitizer ends the program at 8,128 threads and tasks, and that is near; "
        "clang's has no such limit, nor has --tenter-mode=record");
  }
}

}  // namespace

Who* running() { return current != nullptr ? current : become_known(); }

Who* make_task(int kind, const char* name, std::size_t length, record::Pc pc) {
  running();  // so that the creator is known first
  Who* const task = everybody.make();
  if (task == nullptr) { return nullptr; }
  count_task();
  task->recorded = record::task_create(static_cast<trace::TaskKind>(kind), name, length, pc);
  task->fiber = __tsan_create_fiber(0);
  name_task(task, name, length);
  return task;
}

void end_task(Who* task) {
  record::task_destroy(task->recorded);
  __tsan_destroy_fiber(task->fiber);
  everybody.drop(task);
  live_tasks.fetch_sub(1, std::memory_order_relaxed);
}

void switch_to(Who* task) {
  Who* const from = running();
  Who* const to = task != nullptr ? task : own;
  if (to == nullptr || to == from) { return; }
  if (!runs_tasks) {
    runs_tasks = true;
    let_tasks_share_thread_locals();
  }
  record::task_switch(task != nullptr ? task->recorded : nullptr);
  current = to;
  __tsan_switch_to_fiber(to->fiber, no_order);
}

// "task 7", or "fetcher (task 7)": ThreadSanitizer's reports tell no other number by which a fiber could be known.
void name_task(Who* task, const char* name, std::size_t length) {
  constexpr std::size_t longest_name = 40;  // ThreadSanitizer keeps 63 bytes
  char memory[64];
  record::TextBuffer text(memory, sizeof memory);
  if (length != 0) { text.add(name, length < longest_name ? length : longest_name).add(" ("); }
  text.add(task_words).add_decimal(record::id_of(task->recorded));
  if (length != 0) { text.add(")"); }
  __tsan_set_fiber_name(task->fiber, text.c_str());
}

std::uint32_t id_of_thread(std::uint64_t os_id) { return os_id == 0 ? 0 : threads.find(os_id); }

std::uint32_t id_in_name(const char* name) {
  if (name == nullptr) { return 0; }
  const char* last = nullptr;  // where a number ends the name
  for (const char* at = name; *at != '\0'; ++at) {
    const char* word = task_words;
    const char* part = at;
    while (*word != '\0' && *part == *word) { ++part, ++word; }
    if (*word == '\0') { last = part; }
  }
  std::uint32_t id = 0;
  for (; last != nullptr && *last >= '0' && *last <= '9'; ++last) {
    id = id * 10 + static_cast<std::uint32_t>(*last - '0');
  }
  return id;
}

void reset_locks_of_tasks() {
  everybody.reset_lock();
  threads.reset_lock();
}

}  // namespace tenter::detector
