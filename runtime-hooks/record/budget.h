// The recorder's own memory, held within max_memory=: what threads, their windows and tables, and tasks take. Straight from
// the kernel, as zeros. Thread-safe.
//
// Not counted: the library's own data, a few hundred kilobytes for a moment where the process or its modules are described.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenter::record {

constexpr std::uint64_t no_limit = ~std::uint64_t{0};

void limit_memory(std::uint64_t bytes);  // before anything is obtained
std::uint64_t memory_left();             // no_limit: nobody asked for less

// Null: the kernel has none, or this would be too much.
void* obtain_memory(std::size_t bytes);
void give_back_memory(void* memory, std::size_t bytes);

// For what is mapped in another way. False: too much.
bool take_of_budget(std::size_t bytes);
void return_to_budget(std::size_t bytes);

}  // namespace tenter::record
