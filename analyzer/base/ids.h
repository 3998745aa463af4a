// Ids are types, so that a task cannot be passed where a stream is meant.
#pragma once
#include <cstdint>
#include <functional>

namespace tenter::analysis {

enum class StreamId : std::uint32_t {};   // one OS thread's events in a recording
enum class TaskId : std::uint32_t {};     // what runs: a thread or a task; 0 is nobody
enum class StackId : std::uint32_t {};    // a chain of call sites in a StackTable; 0 is the empty chain
enum class LockSetId : std::uint32_t {};  // a set of held locks in a LockSets; 0 is the empty set

constexpr TaskId no_task{0};
constexpr StackId empty_stack{0};
constexpr LockSetId no_locks{0};

template <class Id>
constexpr std::uint32_t index(Id id) {
  return static_cast<std::uint32_t>(id);
}

}  // namespace tenter::analysis
