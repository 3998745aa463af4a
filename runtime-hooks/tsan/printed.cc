// The pieces of text that ThreadSanitizer prints of a report, of which these count:
//
//   "WARNING: ThreadSanitizer: data race (pid=7)"    "  Write of size 4 at 0x7b04 by thread T1"    " (mutexes:"
//   " write M5"    ","    " read M7"    ")"    ":"    ...    "=================="
//
// What comes otherwise than expected costs names of locks, never a report.
#include "tsan/printed.h"

#include <atomic>

#include "record/output.h"
#include "tsan/detector.h"

namespace tenter::detector {
namespace {

// The one that is being printed. Others may print meanwhile, which their own current report tells apart.
constinit std::atomic<void*> printing{nullptr};

// Of that report; ThreadSanitizer holds a lock while it prints one.
constinit PrintedLocks found = {};
constinit unsigned accesses = 0;
constinit bool in_list = false;

bool starts_with(const char* text, const char* beginning) {
  while (*beginning != '\0' && *text == *beginning) { ++text, ++beginning; }
  return *beginning == '\0';
}

bool contains(const char* text, const char* part) {
  for (; *text != '\0'; ++text) {
    if (starts_with(text, part)) { return true; }
  }
  return false;
}

bool is_digit(const char* text) { return *text >= '0' && *text <= '9'; }

constinit std::atomic<bool> runs{false};
constinit std::atomic<bool> explained{false};

void explain_failed_start(const char* text) {
  const bool is_end = contains(text, "FATAL: ThreadSanitizer") || contains(text, "ERROR: ThreadSanitizer") ||
                      contains(text, "ThreadSanitizer: CHECK failed");
  if (!is_end || explained.exchange(true, std::memory_order_relaxed)) { return; }
  record::remember_standard_error();
  record::say(
      "ThreadSanitizer's runtime cannot start here: it needs terabytes of addresses in their places (`tenter run --mode tsan` "
      "tells what it sees in their way); a program built with --tenter-mode=record has no such need");
}

void begin(void* report) {
  found.count = accesses = 0;
  in_list = false;
  printing.store(report, std::memory_order_relaxed);
}

void take_lock(const char* text, bool is_read) {
  if (accesses == 0 || found.count == PrintedLocks::most || !is_digit(text)) { return; }
  std::uint64_t number = 0;
  for (; is_digit(text); ++text) { number = number * 10 + static_cast<std::uint64_t>(*text - '0'); }
  found.locks[found.count++] = {accesses - 1, number, is_read};
}

void take(const char* text) {
  constexpr const char *read = " read M", *write = " write M";
  if (starts_with(text, " (mutexes:")) {
    in_list = true;
  } else if (in_list && starts_with(text, read)) {
    take_lock(text + 7, /*is_read=*/true);
  } else if (in_list && starts_with(text, write)) {
    take_lock(text + 8, /*is_read=*/false);
  } else if (in_list && *text != ',') {
    in_list = false;
  } else if (contains(text, " of size ") && contains(text, " by ")) {
    ++accesses;
  }
}

}  // namespace

void detector_runs() { runs.store(true, std::memory_order_relaxed); }

// Called by ThreadSanitizer through the program's __sanitizer_on_print, for all that it prints. Before it has begun its
// question for the current report must not be asked, so that only what can be of a report leads to it.
extern "C" __attribute__((visibility("default"))) void tenter_on_detector_print(const char* text) {
  void* const report = printing.load(std::memory_order_relaxed);
  if (!runs.load(std::memory_order_relaxed)) { explain_failed_start(text); }
  if (starts_with(text, "WARNING: ThreadSanitizer: ")) {
    if (void* const current = __tsan_get_current_report(); current != nullptr) { begin(current); }
    return;
  }
  if (report == nullptr || __tsan_get_current_report() != report) { return; }
  if (!starts_with(text, "==================\n")) { return take(text); }
  printing.store(nullptr, std::memory_order_relaxed);
  write_report(report, found);
}

}  // namespace tenter::detector
