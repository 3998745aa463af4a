// The stacks of tasks. A stack that is given to another task begins a new life: without that, ThreadSanitizer would report
// what two tasks that never met had in the same place.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenter::detector {

void stack_renewed(const void* begin, std::size_t size);
void stack_given_to(const void* begin, std::uint32_t task);
// Whose stack a block of memory that begins there is; 0: none that was told of.
std::uint32_t owner_of_stack(std::uintptr_t begin);

void reset_locks_of_stacks();  // in a forked child

}  // namespace tenter::detector
