#include "lint/state.h"

#include <algorithm>

namespace tenter::lint {
namespace {

// Keeps the facts that the other has, too. True: some went.
bool agree(std::map<FactKey, std::int64_t>& facts, const std::map<FactKey, std::int64_t>& other) {
  return std::erase_if(facts, [&](const auto& fact) {
           const auto same = other.find(fact.first);
           return same == other.end() || same->second != fact.second;
         }) != 0;
}

ObjectState common(const ObjectState& a, const ObjectState& b) {
  if (a == b) return a;
  ObjectState both = a;
  if (a.status != b.status || a.since != b.since) {
    both.status = Status::unknown;
    both.since = nullptr;
  }
  both.sent = a.sent && b.sent;
  both.received = a.received && b.received;
  both.ranged = a.ranged && b.ranged;
  both.settled = a.settled && b.settled;
  both.shared = a.shared || b.shared;
  both.escaped = a.escaped || b.escaped;
  both.counted = a.counted || b.counted;
  if (a.queued != b.queued) both.queued = -1;
  both.shared_lock = a.shared_lock && b.shared_lock;
  if (a.turned != b.turned) both.turned = nullptr;
  if (a.left_to != b.left_to) both.left_to = nullptr;
  return both;
}

}  // namespace

Disjunct common(const Disjunct& a, const Disjunct& b) {
  Disjunct both = a;
  for (auto& [place, object] : both.held) {
    const auto other = b.held.find(place);
    // Which of several objects it is is not known any more; they all stay in use.
    if (other == b.held.end() || other->second != object) object = some_object;
  }
  for (const auto& [place, object] : b.held) both.held.try_emplace(place, some_object);
  for (auto& [object, state] : both.objects) {
    const auto other = b.objects.find(object);
    state = common(state, other != b.objects.end() ? other->second : ObjectState{});
  }
  for (const auto& [object, state] : b.objects)
    if (!a.objects.contains(object)) both.objects.emplace(object, common(ObjectState{}, state));
  both.pending.insert(b.pending.begin(), b.pending.end());
  both.spawned.insert(b.spawned.begin(), b.spawned.end());
  both.slept.insert(b.slept.begin(), b.slept.end());
  both.repeated.insert(b.repeated.begin(), b.repeated.end());
  both.synced = a.synced || b.synced;
  both.waited = a.waited || b.waited;
  agree(both.facts, b.facts);
  return both;
}

bool State::join(const Disjunct& disjunct) {
  if (widened_) {
    Disjunct joined = common(disjuncts_.front(), disjunct);
    const bool changed = !joined.same_objects(disjuncts_.front()) || joined.facts != disjuncts_.front().facts;
    disjuncts_.front() = std::move(joined);
    return changed;
  }
  const auto same = std::find_if(disjuncts_.begin(), disjuncts_.end(),
                                 [&](const Disjunct& each) { return each.same_objects(disjunct); });
  if (same != disjuncts_.end()) return agree(same->facts, disjunct.facts);
  disjuncts_.push_back(disjunct);
  if (disjuncts_.size() > most_disjuncts) {
    Disjunct all = disjuncts_.front();
    for (const Disjunct& each : disjuncts_) all = common(all, each);
    disjuncts_ = {std::move(all)};
    widened_ = true;
  }
  return true;
}

}  // namespace tenter::lint
