// The allocator behind our hooks of malloc and operator new.
#pragma once
#include "hooks/interpose.h"

namespace tenter::hooks {

// Is it another one than libc's, such as tcmalloc and jemalloc? Asked often: one load once it is known.
bool allocator_is_foreign();
// Does it also bring operator new of its own, instead of the one that calls malloc?
bool allocator_has_operators();
// How many bytes a block has for the program's use; 0: this allocator does not tell.
std::size_t usable_size(void* block);

// What an allocator locks is its own affair: it would order threads by chance and so hide their races. Of libc's own we see
// nothing anyway.
class InsideAllocator {
 public:
  InsideAllocator() : foreign_(allocator_is_foreign()) {
    if (foreign_) [[unlikely]] { record::quiet_begin(); }
  }
  ~InsideAllocator() {
    if (foreign_) [[unlikely]] { record::quiet_end(); }
  }
  InsideAllocator(const InsideAllocator&) = delete;
  InsideAllocator& operator=(const InsideAllocator&) = delete;

 private:
  bool foreign_;
};

// Where this thread called the operator new or delete that it is in; 0: in none.
extern thread_local constinit record::Pc operator_caller __attribute__((tls_model("initial-exec")));

// Whose call takes or gives back a block. The operators call malloc and free, and one another, from inside libstdc++: they
// do it for who called them. What a new-handler of the program does meanwhile is its own.
inline record::Pc block_caller(record::Pc direct) {
  const record::Pc outer = operator_caller;
  return outer == 0 || record::in_instrumented_module(direct) ? direct : outer;
}

// While operator new or delete runs, which was called at `direct`.
class InsideOperator {
 public:
  explicit InsideOperator(record::Pc direct) : outer_(operator_caller), caller_(block_caller(direct)) {
    operator_caller = caller_;
  }
  ~InsideOperator() { operator_caller = outer_; }
  InsideOperator(const InsideOperator&) = delete;
  InsideOperator& operator=(const InsideOperator&) = delete;

  record::Pc caller() const { return caller_; }

 private:
  record::Pc outer_;
  record::Pc caller_;
};

}  // namespace tenter::hooks
