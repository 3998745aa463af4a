// What another detector (ThreadSanitizer) reported in the recorded process, as it stands in a report chunk (trace/file.h).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenter::analysis {

using Addresses = std::vector<std::uint64_t>;  // return addresses, innermost first

struct DetectorReport {
  struct HeldMutex {
    std::uint64_t address = 0;
    bool shared = false;
  };
  struct Access {
    std::uint64_t thread = 0;  // the detector's number
    bool write = false, atomic = false;
    std::uint64_t address = 0, size = 0;
    Addresses stack;
    std::vector<HeldMutex> held;
  };
  struct Memory {
    std::string kind;  // heap, global, stack, tls, task-stack
    std::uint64_t begin = 0, size = 0;
    std::uint64_t thread = 0;  // the detector's number; of a task-stack the task
    Addresses stack;           // where it was allocated
  };
  struct Thread {
    std::uint64_t number = 0;
    std::uint64_t task = 0;  // the recording's number; 0: it does not know this thread
    std::uint64_t parent = 0;
    std::string name;
    Addresses created_at;
  };
  struct Mutex {
    std::uint64_t address = 0;
    Addresses created_at;
  };

  std::string what;  // data-race, heap-use-after-free, ...
  std::vector<Access> accesses;
  std::vector<Memory> memory;
  std::vector<Thread> threads;
  std::vector<Mutex> mutexes;
  std::vector<Addresses> stacks;
  std::vector<std::uint64_t> by;  // threads: whose the stacks are, in their order
};

// Lines that make no sense are left out: any text gives a report.
DetectorReport parse_detector_report(std::string_view text);

}  // namespace tenter::analysis
