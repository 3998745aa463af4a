// Describer puts what the engines know by number (tasks, locks, sites, addresses) into the words of a Finding.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "base/stack_table.h"
#include "finding/finding.h"
#include "order/world.h"
#include "symbolize/symbolizer.h"

namespace tenter::analysis {

class Describer {
 public:
  // All three must outlive the describer.
  Describer(const World& world, const StackTable& stacks, NameSource& names)
      : world_(world), stacks_(stacks), names_(names) {}

  // Innermost first, without glue, at most max_frames.
  std::vector<Frame> stack(const Site& site);
  TaskRef task(TaskId id);
  // The lock's name, else the global variable that it is, else where it was created.
  LockRef lock(std::uint64_t address);
  ObjectRef lock_object(std::uint64_t address);
  ObjectRef channel_object(std::uint64_t address);
  // Whatever else has an address: a condition, a wait group, a semaphore.
  ObjectRef other_object(std::uint64_t address, std::string kind);
  ObjectRef memory_object(std::uint64_t address, const Block& block);
  WaitRef wait(TaskId id, const Waiting& waiting);
  // "send to channel `results`", "mutex `m`", "thread 3 to end"
  std::string wants(const Waiting& waiting);
  std::vector<LockRef> locks(LockSetId set);

  // A lock's or channel's identity for fingerprints: no address in it.
  std::string lock_key(std::uint64_t address);
  std::string channel_key(std::uint64_t address);
  std::string object_key(const Waiting& waiting);

  // What is inlined at an address, innermost first; the last one is the function that holds the code.
  const std::vector<Frame>& frames(std::uint64_t return_address) { return names_.frames(return_address); }

  const World& world() const { return world_; }
  std::optional<DataSymbol> data(std::uint64_t address) { return names_.data(address); }

  static constexpr std::size_t max_frames = 256;

 private:
  // The name a person gave it or the global variable it is (part of); empty where neither is known.
  std::string given_name(std::uint64_t address);

  const World& world_;
  const StackTable& stacks_;
  NameSource& names_;
};

// "the main thread", "thread 3", "task 4 `fetcher`"
std::string call_task(const TaskRef& task);
// The same at the start of a sentence.
std::string call_task_first(const TaskRef& task);
Location location_of(const std::vector<Frame>& stack);
// "bank.cc:42"; the module and offset where no line is known; empty for an empty stack.
std::string place_of(const std::vector<Frame>& stack);
// The same where it says something to a person: empty where all that is known lies in a library without lines.
std::string known_place_of(const std::vector<Frame>& stack);
// "in add_one()", with a leading space; empty where the function is unknown.
std::string in_function(const std::vector<Frame>& stack);
// "`accounts`"; "the mutex of bank.cc:9" where Describer had no name to give.
std::string quoted_name(const std::string& name);
// What Describer::wants() says as a predicate: "waits to send to channel `answers`"; with a place
// "waits at bank.cc:42 for mutex `accounts`".
std::string waits_words(const std::string& wants, const std::string& place = {});
const char* lock_kind_name(trace::LockKind kind);
// "one, two and three"
std::string in_words(const std::vector<std::string>& parts);

}  // namespace tenter::analysis
