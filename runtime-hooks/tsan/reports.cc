// What ThreadSanitizer reports goes into the recording while it happens, one chunk for each report (trace/file.h has the
// grammar), without names: those are looked up when the recording is checked.
#include "record/recorder.h"
#include "record/text_buffer.h"
#include "tsan/detector.h"
#include "tsan/held_locks.h"
#include "tsan/printed.h"
#include "tsan/stacks.h"
#include "tsan/who.h"

namespace tenter::detector {
namespace {

constexpr unsigned long deepest = 256;
constexpr std::size_t most_bytes = 64 * 1024;
// Reports come one at a time: ThreadSanitizer holds a lock meanwhile.
alignas(64) constinit char memory[most_bytes] = {};
constinit void* trace[deepest] = {};

void add_trace(record::TextBuffer& text) {
  for (unsigned long i = 0; i < deepest && trace[i] != nullptr; ++i) {
    text.add(" ").add_hex(reinterpret_cast<std::uintptr_t>(trace[i]));
  }
  text.add("\n");
}

void clear_trace() {
  for (void*& address : trace) { address = nullptr; }
}

record::TextBuffer& add_number(record::TextBuffer& text, const char* key, std::uint64_t value) {
  return text.add(key).add_hex(value);
}

// By the detector's number of a mutex; 0: it is not one of the report's.
std::uintptr_t address_of_mutex(void* report, int count, std::uint64_t number) {
  for (int i = 0; i < count; ++i) {
    std::uint64_t id = 0;
    void *address = nullptr, *none[1] = {};
    int destroyed = 0;
    if (__tsan_get_report_mutex(report, static_cast<unsigned long>(i), &id, &address, &destroyed, none, 1) != 0 &&
        id == number) {
      return reinterpret_cast<std::uintptr_t>(address);
    }
  }
  return 0;
}

void add_held(record::TextBuffer& text, void* report, int mutexes, unsigned access, const PrintedLocks& locks) {
  for (unsigned i = 0; i < locks.count; ++i) {
    const PrintedLocks::Lock& lock = locks.locks[i];
    if (lock.access != access) { continue; }
    const std::uintptr_t address = address_of_mutex(report, mutexes, lock.mutex);
    if (address == 0) { continue; }
    const bool is_ours = is_exclusive_hold(address);
    text.add(lock.is_read && !is_ours ? "held=shared" : "held=exclusive");
    add_number(text, " ", lock_at(address)).add("\n");
  }
}

void add_accesses(record::TextBuffer& text, void* report, int count, int mutexes, const PrintedLocks& locks) {
  for (int i = 0; i < count; ++i) {
    int thread = 0, size = 0, write = 0, atomic = 0;
    void* address = nullptr;
    clear_trace();
    if (__tsan_get_report_mop(report, static_cast<unsigned long>(i), &thread, &address, &size, &write, &atomic, trace,
                              deepest) == 0) {
      continue;
    }
    add_number(text, "access=", static_cast<std::uint32_t>(thread));
    text.add(write != 0 ? " write " : " read ").add(atomic != 0 ? "atomic" : "plain");
    add_number(text, " ", reinterpret_cast<std::uintptr_t>(address));
    add_number(text, " ", static_cast<std::uint32_t>(size));
    add_trace(text);
    add_held(text, report, mutexes, static_cast<unsigned>(i), locks);
  }
}

void add_places(record::TextBuffer& text, void* report, int count) {
  for (int i = 0; i < count; ++i) {
    const char* type = nullptr;
    void *address = nullptr, *start = nullptr;
    unsigned long size = 0;
    int thread = 0, descriptor = 0, suppressable = 0;
    clear_trace();
    if (__tsan_get_report_loc(report, static_cast<unsigned long>(i), &type, &address, &start, &size, &thread,
                              &descriptor, &suppressable, trace, deepest) == 0 ||
        type == nullptr) {
      continue;
    }
    // Task stacks are blocks of memory to ThreadSanitizer.
    const auto begin = reinterpret_cast<std::uintptr_t>(start);
    const std::uint32_t owner = begin == 0 ? 0 : owner_of_stack(begin);
    text.add("memory=").add(owner != 0 ? "task-stack" : type);
    add_number(add_number(text, " ", begin), " ", size);
    add_number(text, " ", owner != 0 ? owner : static_cast<std::uint32_t>(thread));
    add_trace(text);
  }
}

void add_mutexes(record::TextBuffer& text, void* report, int count) {
  for (int i = 0; i < count; ++i) {
    std::uint64_t id = 0;
    void* address = nullptr;
    int destroyed = 0;
    clear_trace();
    if (__tsan_get_report_mutex(report, static_cast<unsigned long>(i), &id, &address, &destroyed, trace, deepest) ==
        0) {
      continue;
    }
    add_number(text, "mutex=", lock_at(reinterpret_cast<std::uintptr_t>(address)));
    add_trace(text);
  }
}

void add_threads(record::TextBuffer& text, void* report, int count) {
  for (int i = 0; i < count; ++i) {
    int thread = 0, running = 0, parent = 0;
    std::uint64_t os_id = 0;
    const char* name = nullptr;
    clear_trace();
    if (__tsan_get_report_thread(report, static_cast<unsigned long>(i), &thread, &os_id, &running, &name, &parent,
                                 trace, deepest) == 0) {
      continue;
    }
    // A fiber has no number with the operating system.
    const std::uint32_t known = os_id == 0 ? id_in_name(name) : id_of_thread(os_id);
    add_number(text, "thread=", static_cast<std::uint32_t>(thread));
    add_number(text, " ", known);
    add_number(text, " ", static_cast<std::uint32_t>(parent));
    add_trace(text);
    if (known == 0 && name != nullptr && name[0] != '\0') {
      add_number(text, "name=", static_cast<std::uint32_t>(thread));
      text.add(" ").add_escaped(name, record::length_of(name)).add("\n");
    }
  }
}

void add_threads_of_stacks(record::TextBuffer& text, void* report, int count) {
  for (int i = 0; i < count; ++i) {
    int thread = 0;
    if (__tsan_get_report_unique_tid(report, static_cast<unsigned long>(i), &thread) != 0) {
      add_number(text, "by=", static_cast<std::uint32_t>(thread)).add("\n");
    }
  }
}

void add_stacks(record::TextBuffer& text, void* report, int count) {
  for (int i = 0; i < count; ++i) {
    clear_trace();
    if (__tsan_get_report_stack(report, static_cast<unsigned long>(i), trace, deepest) == 0) { continue; }
    text.add("stack=");
    add_trace(text);
  }
}

}  // namespace

void write_report(void* report, const PrintedLocks& locks) {
  const char* what = nullptr;
  int count = 0, stacks = 0, accesses = 0, places = 0, mutexes = 0, threads = 0, unique = 0;
  void* sleep[1] = {};
  if (__tsan_get_report_data(report, &what, &count, &stacks, &accesses, &places, &mutexes, &threads, &unique, sleep,
                             1) == 0 ||
      what == nullptr) {
    return;
  }
  record::TextBuffer text(memory, most_bytes);
  text.add("what=").add(what).add("\n");
  add_accesses(text, report, accesses, mutexes, locks);
  add_places(text, report, places);
  add_mutexes(text, report, mutexes);
  add_stacks(text, report, stacks);
  add_threads_of_stacks(text, report, unique);
  add_threads(text, report, threads);
  record::Recorder& recorder = record::recorder();
  const record::Phase phase = recorder.phase.load(std::memory_order_acquire);
  if (phase == record::Phase::off || phase == record::Phase::starting || phase == record::Phase::refused) { return; }
  recorder.output.write_chunk({trace::ChunkKind::report, 0, 0, 0}, text.data(), text.size());
}

}  // namespace tenter::detector
