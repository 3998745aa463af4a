// The calls that a task is in, as the compiler's callbacks tell: one frame for each function entered and not yet left.
//
// longjmp and some exceptions leave functions without a word. A frame therefore keeps the stack pointer of its
// function: stacks grow down, so when a function is entered at a stack pointer that is not below that of the
// topmost frame, the topmost function is gone.
//
// The stack remembers down to where it was unwound since the last event (low()), so that a writer learns which
// of the frames that it wrote still stand, and calls without events in them cost no space in the recording.
//
// Not thread-safe. A signal handler may push and pop in the middle of a push or pop: it leaves as much as it found.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenter::record {

struct Frame {
  std::uintptr_t call_site;
  std::uintptr_t stack_pointer;
};

class ShadowStack {
 public:
  // Memory of zeros is an empty stack. Nothing is allocated before the first call.
  ShadowStack() = default;

  void push(std::uintptr_t call_site, std::uintptr_t stack_pointer) {
    if (!push_easily(call_site, stack_pointer)) [[unlikely]] { push_slowly(call_site, stack_pointer); }
  }
  void pop() {
    if (!pop_easily()) [[unlikely]] { pop_at_floor(); }
  }

  // Nearly always they can. False: nothing was done.
  bool push_easily(std::uintptr_t call_site, std::uintptr_t stack_pointer) {
    if (top_ == end_ || (top_ != bottom_ && stack_pointer >= top_[-1].stack_pointer)) [[unlikely]] { return false; }
    put(call_site, stack_pointer);
    return true;
  }
  bool pop_easily() {
    if (top_ == floor_) [[unlikely]] { return false; }
    --top_;
    if (top_ < low_) { low_ = top_; }
    return true;
  }

  // A frame of code that may be entered twice at one stack pointer. The depth with it, for pop_to(); 0: there was no
  // room, and nothing is to be popped.
  std::size_t push_call(std::uintptr_t call_site, std::uintptr_t stack_pointer) {
    if (top_ != bottom_ && stack_pointer > top_[-1].stack_pointer) [[unlikely]] { unwind(stack_pointer - 1); }
    if (overflow_ != 0) [[unlikely]] { return 0; }
    if (top_ == end_ && !make_room()) [[unlikely]] {
      pop_at_floor();  // takes back what make_room() counted
      return 0;
    }
    put(call_site, stack_pointer);
    return depth();
  }
  // A frame that stands whatever the stack pointers above it are.
  void push_regardless(std::uintptr_t call_site, std::uintptr_t stack_pointer) {
    if (top_ != end_ || make_room()) { put(call_site, stack_pointer); }
  }
  // Control went to a function whose stack pointer is this, past those that it had called.
  void jump_to(std::uintptr_t stack_pointer);
  // Down to a depth that it had before; no deeper than it is.
  void pop_to(std::size_t wanted) {
    while (depth() > wanted) { pop(); }
  }

  std::size_t depth() const { return static_cast<std::size_t>(top_ - bottom_); }
  // The least depth since mark_written().
  std::size_t low() const { return static_cast<std::size_t>(low_ - bottom_); }
  bool changed() const { return low_ != top_ || written_ != top_; }
  void mark_written() { low_ = written_ = top_; }
  void mark_unwritten() { low_ = written_ = bottom_; }  // depth 0 is written, the rest is not
  const Frame& operator[](std::size_t index) const { return bottom_[index]; }
  const Frame* frame(std::size_t index) const { return bottom_ + index; }
  // Frames that are missing at the top, because of max_depth.
  std::uint64_t overflow() const { return overflow_; }

  void clear();    // no frames; keeps its memory
  void release();  // gives its memory back

  static constexpr std::size_t max_depth = std::size_t{1} << 20;

 private:
  void put(std::uintptr_t call_site, std::uintptr_t stack_pointer) {
    // The frame is claimed before it is filled: a signal handler in between pushes above it.
    Frame* frame = top_++;
    asm volatile("" ::: "memory");
    frame->call_site = call_site;
    frame->stack_pointer = stack_pointer;
  }
  void push_slowly(std::uintptr_t call_site, std::uintptr_t stack_pointer) __attribute__((cold));
  void unwind(std::uintptr_t stack_pointer);
  bool make_room();
  void pop_at_floor();

  Frame* bottom_;
  Frame* top_;
  Frame* end_;
  Frame* low_;
  Frame* written_;  // the top when mark_written() was called
  Frame* floor_;    // bottom_, or end_ while frames overflow
  std::uint64_t overflow_;
};

}  // namespace tenter::record
