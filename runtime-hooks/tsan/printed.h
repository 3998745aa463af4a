// What ThreadSanitizer says of a report in print alone, as its interface has no door to it: which locks each side held.
#pragma once
#include <cstdint>

namespace tenter::detector {

struct PrintedLocks {
  static constexpr unsigned most = 64;
  struct Lock {
    unsigned access;      // the number of the access among those of the report, from 0
    std::uint64_t mutex;  // ThreadSanitizer's number of it
    bool is_read;
  };
  Lock locks[most];
  unsigned count = 0;
};

// From now on ThreadSanitizer runs. What ends it before that is explained in a sentence beside its own.
void detector_runs();

// reports.cc: the report was printed to its end.
void write_report(void* report, const PrintedLocks& locks);

}  // namespace tenter::detector
