// The calls on the stack of somebody who waits. Unlike the unwinder that throws, this one reads the stack of another task
// or thread and changes nothing. It may be wrong about one that goes on meanwhile, and nothing worse.
//
// After DWARF 5, section 6.4 (call frame information), as the Linux Standard Base 5.0 puts it into .eh_frame.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tenter::detail {

// What has to be known of a processor that is inside a function in order to find the caller's.
struct Registers {
  std::uintptr_t pc = 0;  // 0: nothing is known
  std::uintptr_t sp = 0;
  std::uintptr_t bp = 0;
};

// Of the function that it is written into.
[[gnu::always_inline]] inline Registers read_registers() {
  Registers here;
#ifdef __x86_64__
  asm volatile("leaq 0(%%rip), %0\n\tmovq %%rsp, %1\n\tmovq %%rbp, %2"
               : "=&r"(here.pc), "=&r"(here.sp), "=&r"(here.bp));
#endif
  return here;
}

// One thread at a time. The first time that a function is met is slow, from then on it is quick.
class Unwinder {
 public:
  Unwinder();
  ~Unwinder();
  Unwinder(const Unwinder&) = delete;
  Unwinder& operator=(const Unwinder&) = delete;

  // Return addresses, outwards; at most `most`, and none if nothing is known.
  std::vector<const void*> calls(Registers at, std::size_t most);

 private:
  bool step(Registers& registers, bool is_innermost);
  bool read(std::uintptr_t address, std::uintptr_t& word);

  struct Known;
  const std::unique_ptr<Known> known_;
  std::uintptr_t page_ = 0;  // that bytes_ are of; 0: none
  std::array<char, 4096> bytes_{};
};

}  // namespace tenter::detail
