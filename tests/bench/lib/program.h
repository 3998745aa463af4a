// What the benchmark programs in C++ share. Each has a table of rows; a row is a function that does `operations` of one
// kind of work. One process runs one row and prints one JSON line about it:
//
//   bench ROW WORKERS OPERATIONS
//
// Processor time is user and system of the whole process, from the row's first step to its last; starting the scheduler
// and a tenth of the work as a warm-up come before. Rows that fill memory are cold, as that is what they are about.
#pragma once
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bench {

struct Row {
  const char* name;
  void (*work)(std::int64_t operations);
  bool is_cold = false;
};

inline std::int64_t resident_bytes() {
  long pages = 0;
  if (std::FILE* const file = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(file, "%*d %ld", &pages) != 1) { pages = 0; }
    std::fclose(file);
  }
  return pages * sysconf(_SC_PAGESIZE);
}

// Called by a row when all that it makes is there.
inline std::atomic<std::int64_t> most_resident{0};
inline void note_resident() { most_resident = resident_bytes(); }

inline std::int64_t cpu_ns() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_usec * 1'000; };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

// `run_with(workers, body)` starts the scheduler and calls body() where rows may run.
template <std::size_t Count, class RunWith>
int main_of(int argc, char** argv, const Row (&rows)[Count], RunWith run_with) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench ROW WORKERS OPERATIONS\n");
    return 2;
  }
  const Row* const row =
      std::find_if(rows, rows + Count, [&](const Row& r) { return std::strcmp(r.name, argv[1]) == 0; });
  if (row == rows + Count) { return 3; }  // this peer has nothing of the kind
  const std::int64_t operations = std::atoll(argv[3]);
  run_with(std::atoi(argv[2]), [&] {
    if (!row->is_cold) { row->work(operations / 10 + 1); }
    const std::int64_t resident = resident_bytes();
    const std::int64_t cpu = cpu_ns();
    const auto start = std::chrono::steady_clock::now();
    row->work(operations);
    const std::int64_t wall =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"wall_ns\": %lld, \"cpu_ns\": %lld, \"bytes\": %lld}\n", static_cast<long long>(wall),
                static_cast<long long>(cpu_ns() - cpu),
                static_cast<long long>(most_resident == 0 ? 0 : most_resident - resident));
    std::fflush(stdout);
  });
  return 0;
}

}  // namespace bench
