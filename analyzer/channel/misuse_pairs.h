// Misuse that two places come to, each pair of places told once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "channel/misuse.h"

namespace tenter::analysis {

// One object is for one thread.
class MisusePairs {
 public:
  struct Actor {
    TaskId task = no_task;
    Site where;
  };
  // Predicted is what every one of the same kind and places was.
  void add(trace::MisuseKind kind, std::uint64_t object, const Actor& one, const Actor& other, bool predicted = true) {
    const auto [at, is_new] = places_.try_emplace(
        {kind, one.where.pc, one.where.callers, other.where.pc, other.where.callers}, found_.size());
    if (!is_new) {
      MisuseCandidate& known = found_[at->second];
      ++known.count;
      known.predicted = known.predicted && predicted;
      return;
    }
    MisuseCandidate candidate;
    candidate.kind = kind;
    candidate.predicted = predicted;
    candidate.task = one.task;
    candidate.object = object;
    candidate.where = one.where;
    candidate.other = other.where;
    candidate.other_task = other.task;
    found_.push_back(candidate);
  }
  // In order of discovery.
  const std::vector<MisuseCandidate>& all() const { return found_; }

 private:
  std::vector<MisuseCandidate> found_;
  std::map<std::tuple<trace::MisuseKind, std::uint64_t, StackId, std::uint64_t, StackId>, std::size_t> places_;
};

}  // namespace tenter::analysis
