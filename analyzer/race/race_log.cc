#include "race/race_log.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace tenter::analysis {
namespace {

constexpr unsigned callers_a_pair_of_places = 64;  // variants kept of one pair of code addresses

}  // namespace

std::size_t RaceLog::PlacePairHash::operator()(const PlacePair& pair) const {
  std::uint64_t hash = pair.places[0].pc * 0x9e3779b97f4a7c15ull + index(pair.places[0].callers);
  hash = (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9ull + pair.places[1].pc;
  hash = (hash ^ (hash >> 32)) * 0x94d049bb133111ebull + index(pair.places[1].callers);
  return static_cast<std::size_t>(hash ^ (hash >> 31));
}

bool RaceLog::is_wanted(Site a, Site b, std::uint64_t step_number) {
  const Site later = b;
  if (std::pair(b.pc, index(b.callers)) < std::pair(a.pc, index(a.callers))) std::swap(a, b);
  const auto [at, is_new] = at_.try_emplace({{a, b}}, 0);
  if (!is_new) {
    count(at->second, later, step_number);
    const RaceCandidate& known = found_[at->second].candidate;
    if (!known.left_in_doubt && !known.right_in_doubt) return false;
    keep_at_ = at->second;
    return true;
  }
  Variants& known = variants_[{{{a.pc, empty_stack}, {b.pc, empty_stack}}}];
  if (known.many == callers_a_pair_of_places) {
    at_.erase(at);
    count(known.first, later, step_number);
    return false;
  }
  at->second = static_cast<std::uint32_t>(found_.size());
  if (known.many++ == 0) known.first = at->second;
  keep_at_ = unknown;
  return true;
}

void RaceLog::keep(const RaceCandidate& candidate, Epoch left, Epoch right, std::uint64_t byte,
                   std::uint64_t step_number) {
  const auto which = keep_at_ == unknown ? static_cast<std::uint32_t>(found_.size()) : keep_at_;
  if (which == found_.size()) found_.emplace_back();
  Found& found = found_[which];
  const std::uint64_t before = keep_at_ == unknown ? 0 : found.candidate.count - 1;
  const bool both_ways = found.candidate.both_ways;
  if (keep_at_ != unknown) {
    const auto [from, to] = undecided_.equal_range(found.byte);
    const auto old = std::find_if(from, to, [&](const auto& entry) { return entry.second == which; });
    if (old != to) undecided_.erase(old);
  }
  found = {candidate, step_number, left, right, byte};
  found.candidate.count += before;
  found.candidate.both_ways = both_ways;
  undecided_.emplace(byte, which);
}

void RaceLog::decide(std::uint64_t begin, std::uint64_t size, const VectorClock& known) {
  auto at = undecided_.lower_bound(begin);
  while (at != undecided_.end() && at->first - begin < size) {
    Found& found = found_[at->second];
    RaceCandidate& race = found.candidate;
    const bool left = !known.contains(found.left), right = !known.contains(found.right);
    if (!left && !right) {
      at = undecided_.erase(at);
      continue;
    }
    race.left_in_doubt = race.left_in_doubt || left;
    race.right_in_doubt = race.right_in_doubt || right;
    if (std::ranges::find(race.given_to, known.owner()) == race.given_to.end()) race.given_to.push_back(known.owner());
    ++at;
  }
}

void RaceLog::count(std::uint32_t which, Site later, std::uint64_t step_number) {
  Found& found = found_[which];
  found.candidate.both_ways = found.candidate.both_ways || later.pc != found.candidate.right.where.pc;
  if (found.last_step == step_number) return;
  found.last_step = step_number;
  ++found.candidate.count;
}

std::vector<RaceCandidate> RaceLog::candidates() const {
  std::vector<RaceCandidate> all;
  all.reserve(found_.size());
  for (const Found& one : found_) all.push_back(one.candidate);
  return all;
}

void drop_doubtful(std::vector<RaceCandidate>& races) {
  std::unordered_set<std::uint64_t> certain;
  for (const RaceCandidate& race : races) {
    if (race.left_in_doubt || race.right_in_doubt) continue;
    certain.insert(race.left.where.pc);
    certain.insert(race.right.where.pc);
  }
  std::erase_if(races, [&](const RaceCandidate& race) {
    const bool frees = race.left.kind == AccessKind::free || race.right.kind == AccessKind::free;
    return ((race.left_in_doubt || race.right_in_doubt) && frees && race.races_with_owner) ||
           (race.left_in_doubt && certain.contains(race.left.where.pc)) ||
           (race.right_in_doubt && certain.contains(race.right.where.pc));
  });
}

}  // namespace tenter::analysis
