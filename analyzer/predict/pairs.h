// AccessGroups sorts the accesses of one cell by task and by what they conflict with, and Found collects what an engine says.
// Both are what the engines have in common.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "predict/prediction.h"

namespace tenter::analysis {

// Accesses of one task to one cell that conflict with the same others, in the task's order.
struct AccessGroup {
  std::uint16_t task = 0;
  std::vector<std::uint32_t> events;
  std::vector<LockSetId> held;  // the distinct sets of locks under which they were made
};

// Answers whether two sets of held locks keep each other out: they have a lock in common that is not shared by both.
class Exclusion {
 public:
  Exclusion(const TraceTable& table, const LockSets& locks) : table_(table), locks_(locks) {}
  bool excludes(LockSetId a, LockSetId b);
  // Every access of one is kept out by every access of the other.
  bool excludes(const AccessGroup& a, const AccessGroup& b);

 private:
  const TraceTable& table_;
  const LockSets& locks_;
  std::unordered_map<std::uint64_t, bool> known_;
};

// The groups of a cell, those of one task side by side; empty where no two of them can race.
std::vector<AccessGroup> groups_of(const TraceTable& table, const std::vector<std::uint32_t>& cell);

class Found {
 public:
  Found(const TraceTable& table, Predictions so_far);
  bool racy(std::uint32_t event) const { return found_.racy[event]; }
  // True if this pair of places was not known: then its race should be kept.
  bool add(std::uint32_t left, std::uint32_t right);
  void keep(PredictedRace race) { found_.races.push_back(std::move(race)); }
  void give_up() { found_.gave_up = true; }
  Predictions take() { return std::move(found_); }

 private:
  using Place = std::pair<std::uint64_t, std::uint32_t>;
  static Place place(const TableEvent& event) { return {event.where.pc, index(event.where.callers)}; }

  const TraceTable& table_;
  Predictions found_;
  std::set<std::pair<Place, Place>> pairs_;
  std::set<Place> later_;
};

}  // namespace tenter::analysis
