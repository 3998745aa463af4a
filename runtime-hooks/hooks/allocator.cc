#include "hooks/allocator.h"

namespace tenter::hooks {

TENTER_NEXT(void*, malloc, (std::size_t))
TENTER_NEXT(void*, _Znwm, (std::size_t))
TENTER_NEXT(int, sched_yield, ())
TENTER_NEXT(std::size_t, malloc_usable_size, (void*))

namespace {

enum class Answer : std::uint8_t { unknown, no, yes };
constinit std::atomic<Answer> is_foreign{Answer::unknown};  // all: the same whoever finds out
constinit std::atomic<Answer> has_operators{Answer::unknown};
constinit std::atomic<Answer> tells_sizes{Answer::unknown};

}  // namespace

__attribute__((tls_model("initial-exec"))) thread_local constinit record::Pc operator_caller = 0;

bool allocator_is_foreign() {
  Answer answer = is_foreign.load(std::memory_order_relaxed);
  if (answer == Answer::unknown) [[unlikely]] {
    const auto malloc = REAL(malloc);
    const auto of_libc = REAL(sched_yield);
    if (malloc == nullptr || of_libc == nullptr) { return false; }
    answer =
        in_one_library(reinterpret_cast<void*>(malloc), reinterpret_cast<void*>(of_libc)) ? Answer::no : Answer::yes;
    is_foreign.store(answer, std::memory_order_relaxed);
  }
  return answer == Answer::yes;
}

bool allocator_has_operators() {
  Answer answer = has_operators.load(std::memory_order_relaxed);
  if (answer == Answer::unknown) [[unlikely]] {
    const auto malloc = REAL(malloc);
    const auto operator_new = REAL(_Znwm);
    if (malloc == nullptr || operator_new == nullptr) { return false; }
    answer = in_one_library(reinterpret_cast<void*>(malloc), reinterpret_cast<void*>(operator_new)) ? Answer::yes
                                                                                                    : Answer::no;
    has_operators.store(answer, std::memory_order_relaxed);
  }
  return answer == Answer::yes;
}

std::size_t usable_size(void* block) {
  const auto of_block = REAL(malloc_usable_size);
  if (of_block == nullptr) { return 0; }
  if (!allocator_is_foreign()) [[likely]] { return of_block(block); }
  Answer answer = tells_sizes.load(std::memory_order_relaxed);
  if (answer == Answer::unknown) {
    // libc's would take another allocator's blocks for its own.
    answer = in_one_library(reinterpret_cast<void*>(REAL(malloc)), reinterpret_cast<void*>(of_block)) ? Answer::yes
                                                                                                      : Answer::no;
    tells_sizes.store(answer, std::memory_order_relaxed);
  }
  if (answer == Answer::no) { return 0; }
  const InsideAllocator inside;
  return of_block(block);
}

}  // namespace tenter::hooks
