// What one instrumented operation costs. Built three times (plain, ThreadSanitizer, our recorder) by tests/bench/run, which
// puts the figures side by side. Prints "name<TAB>nanoseconds" lines; each is the best of several passes.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>
#include <vector>

namespace {

// Keeps the compiler from merging or dropping the accesses of a loop, at no cost of its own.
inline void fence_compiler() { __asm__ __volatile__("" ::: "memory"); }

template <class Loop>
void time_it(const char* name, std::uint64_t operations, Loop loop) {
  double best = 1e18;
  for (int pass = 0; pass < 7; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    loop();
    const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
    best = ns / static_cast<double>(operations) < best ? ns / static_cast<double>(operations) : best;
  }
  std::printf("%s\t%.2f\n", name, best);
}

constexpr std::uint64_t many = 2'000'000;
std::vector<std::uint32_t> words(1u << 20);
std::uint32_t one_word;
volatile std::uint32_t sink;
std::atomic<std::uint64_t> counter;
std::mutex mutex;

__attribute__((noinline)) void empty_function(std::uint32_t* word) {
  __asm__ __volatile__("" ::"r"(word) : "memory");
}
__attribute__((noinline)) void writing_function(std::uint32_t* word) {
  *word = 1;
  fence_compiler();
}

void two_threads(void (*body)()) {
  std::thread other(body);
  body();
  other.join();
}

}  // namespace

int main() {
  time_it("write 4 bytes, one address", many, [] {
    for (std::uint64_t i = 0; i < many; ++i) {
      one_word = static_cast<std::uint32_t>(i);
      fence_compiler();
    }
  });
  time_it("read 4 bytes, one address", many, [] {
    std::uint32_t sum = 0;
    for (std::uint64_t i = 0; i < many; ++i) {
      sum += one_word;
      fence_compiler();
    }
    sink = sum;
  });
  time_it("write 4 bytes, sweep of 4 MiB", words.size(), [] {
    for (auto& word : words) {
      word = 1;
      fence_compiler();
    }
  });
  time_it("read 4 bytes, sweep of 4 MiB", words.size(), [] {
    std::uint32_t sum = 0;
    for (auto& word : words) {
      sum += word;
      fence_compiler();
    }
    sink = sum;
  });
  time_it("write 4 bytes, 1024 words between two unlocks", 1024 * 1024, [] {
    for (int round = 0; round < 1024; ++round) {
      const std::lock_guard hold(mutex);
      for (std::size_t i = 0; i < 1024; ++i) {
        words[i] = static_cast<std::uint32_t>(round);
        fence_compiler();
      }
    }
  });
  time_it("call, nothing inside", many, [] {
    for (std::uint64_t i = 0; i < many; ++i) empty_function(&one_word);
  });
  time_it("call, one write inside", many, [] {
    for (std::uint64_t i = 0; i < many; ++i) writing_function(&one_word);
  });
  time_it("copy of 64 bytes", many, [] {
    for (std::uint64_t i = 0; i < many; ++i) {
      std::memcpy(&words[(i * 16) & 0xffff], &words[0x20000 + ((i * 16) & 0xffff)], 64);
      fence_compiler();
    }
  });
  time_it("atomic load, acquire", many, [] {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < many; ++i) {
      sum += counter.load(std::memory_order_acquire);
      fence_compiler();
    }
    sink = static_cast<std::uint32_t>(sum);
  });
  time_it("atomic fetch_add, relaxed", many, [] {
    for (std::uint64_t i = 0; i < many; ++i) counter.fetch_add(1, std::memory_order_relaxed);
  });
  time_it("atomic fetch_add, acq_rel", many, [] {
    for (std::uint64_t i = 0; i < many; ++i) counter.fetch_add(1, std::memory_order_acq_rel);
  });
  time_it("atomic fetch_add, 2 threads", many, [] {
    two_threads([] {
      for (std::uint64_t i = 0; i < many / 2; ++i) counter.fetch_add(1, std::memory_order_acq_rel);
    });
  });
  time_it("mutex lock and unlock", many / 4, [] {
    for (std::uint64_t i = 0; i < many / 4; ++i) {
      const std::lock_guard hold(mutex);
      fence_compiler();
    }
  });
  time_it("mutex lock and unlock, 2 threads", many / 4, [] {
    two_threads([] {
      for (std::uint64_t i = 0; i < many / 8; ++i) {
        const std::lock_guard hold(mutex);
        fence_compiler();
      }
    });
  });
  time_it("thread create and join", 64, [] {
    for (int i = 0; i < 64; ++i) std::thread([] {}).join();
  });
  return 0;
}
