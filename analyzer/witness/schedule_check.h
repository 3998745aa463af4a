// ScheduleCheck is the judge of predictions: it takes a schedule, an order of some of the steps of a run, and says whether a
// program that did the run could have done that instead. It shares no code with the engines that make schedules.
//
//   ScheduleCheck judge;
//   while (Step* step = sequencer.next()) judge.observe(*step);
//   const std::string objection = judge.refute(schedule);   // empty: the last two steps of the schedule race
//
// A schedule names steps by their number in the run, counted from 0, and may leave out steps that concern nobody but their
// task (names, waits). It stands if every task does a prefix of what it did, every read sees the writes that it saw, byte by
// byte, locks exclude each other, every object is used as it can be (SyncRules), and the last two, of
// different tasks, could each be next and conflict. Memory: some 64 bytes a step.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "order/step.h"
#include "witness/sync_rules.h"

namespace tenter::analysis {

class ScheduleCheck {
 public:
  void observe(const Step& step);
  // Why it cannot be, in one sentence; empty where it can.
  std::string refute(std::span<const std::uint32_t> schedule) const;
  // Why the steps of the schedule cannot be done in this order, whatever comes after them.
  // A signal to a condition that comes too early, and is lost, changes places with the wait that it ended: `lost` is that step.
  static constexpr std::uint32_t no_step = UINT32_MAX;
  std::string refute_order(std::span<const std::uint32_t> schedule, std::uint32_t lost = no_step) const;
  // The same of a deadlock: the last `waiting` steps of the schedule, each of another task, are acquires that could be next, but
  // each wants a lock that the task of the following one holds, and the last what the task of the first holds.
  std::string refute_deadlock(std::span<const std::uint32_t> schedule, std::size_t waiting) const;

 private:
  enum class Kind : std::uint8_t { nothing, read, write, modify, free, lock, unlock, refusal, other };
  struct Fact {
    Kind kind = Kind::nothing;
    bool atomic = false, shared = false, attempt = false;
    std::uint8_t parts = 0;                // granules of an access that is remembered; 255: see large_
    bool waits_without_last_need = false;  // who has all the others can wait for it, and not do it
    TaskId task{};
    std::uint32_t first_part = 0;  // in parts_
    std::uint32_t first_rule = 0;  // in rules_: first the needs, then the memberships
    std::uint16_t needs = 0, memberships = 0;
    std::uint32_t lock = 0;
    std::uint64_t seen = 0;  // of a read: a hash of the writers of its bytes
  };
  // What an access touches of one granule of eight bytes, as long as the same block of memory lies there.
  struct Part {
    std::uint32_t granule = 0;  // counted; never used twice
    std::uint8_t mask = 0;
  };
  using Bytes = std::array<std::uint32_t, 8>;  // 1 + the step that wrote each; 0: none
  struct Holding {
    std::uint32_t writers = 0, readers = 0;
  };
  struct Replay;

  static bool keeps_out(const Holding& holding, bool reader) {
    return holding.writers != 0 || (!reader && holding.readers != 0);
  }
  void keep_neighbours(const Event& event, Fact& fact);
  void access(const Step& step, Fact& fact, std::uint64_t size);
  std::vector<Part> parts_of(std::uint64_t address, std::uint64_t size);
  std::uint32_t lock_at(std::uint64_t address);
  void forget(std::uint64_t begin, std::uint64_t size);
  std::span<const Part> parts(const Fact& fact) const;
  template <class Writers>
  std::uint64_t hash_of_writers(std::span<const Part> parts, Writers writers) const;
  std::string follow(std::span<const std::uint32_t> schedule, std::size_t next, Replay& replay,
                     std::uint32_t lost = no_step) const;
  bool race(const Fact& left, const Fact& right) const;

  SyncRules sync_;
  std::vector<Fact> facts_;  // by step
  std::vector<Part> parts_;
  std::unordered_map<std::uint32_t, std::uint32_t> large_;  // first_part -> how many, where 255 or more
  std::vector<SyncRules::Rule> rules_;
  std::map<std::uint64_t, std::uint32_t> granules_;  // address / 8 -> number, of what lies there now
  std::vector<Bytes> written_;                       // by granule, in the run so far
  std::unordered_map<std::uint64_t, std::uint64_t> sizes_;
  std::map<std::uint64_t, std::uint32_t> locks_;  // address -> number, of the lock that is there now
  std::uint32_t locks_seen_ = 0;
  std::unordered_map<std::uint32_t, Holding> held_, held_at_start_;  // by number
  // Of a lock, the step after which an attempt failed though the lock seemed free, and the last such attempt.
  struct Neighbours {
    SyncRules::Rule released, refused;
  };
  std::unordered_map<std::uint32_t, Neighbours> neighbours_;  // by number
  SyncRules::Rules scratch_;
};

}  // namespace tenter::analysis
