#include "race/race_log.h"

#include <tuple>
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

bool RaceLog::is_new(Site a, Site b, std::uint64_t step_number) {
  const Site later = b;
  if (std::pair(b.pc, index(b.callers)) < std::pair(a.pc, index(a.callers))) std::swap(a, b);
  const auto [at, is_new] = at_.try_emplace({{a, b}}, 0);
  if (!is_new) {
    count(at->second, later, step_number);
    return false;
  }
  Variants& known = variants_[{{{a.pc, empty_stack}, {b.pc, empty_stack}}}];
  if (known.many == callers_a_pair_of_places) {
    at_.erase(at);
    count(known.first, later, step_number);
    return false;
  }
  at->second = static_cast<std::uint32_t>(found_.size());
  if (known.many++ == 0) known.first = at->second;
  return true;
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

}  // namespace tenter::analysis
