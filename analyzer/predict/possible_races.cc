#include "predict/possible_races.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "predict/feasibility.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t longest_list = 64;  // of accesses to one cell
constexpr std::uint64_t largest_range_bytes = std::uint64_t{1} << 24;

// What two sets of held locks are to each other, each pair thought through once.
class LockSetPairs {
 public:
  // Do they have a lock in common that is not shared by both?
  bool exclude(LockSetId a, LockSetId b, const LockSets& locks) {
    if (a == no_locks || b == no_locks) return false;
    return known(excluding_, std::min(a, b), std::max(a, b),
                 [&] { return keep_out(locks.locks(a), locks.locks(b), [](std::uint64_t) { return false; }); });
  }
  // Is every lock of `a` in `b`, and held there at least as exclusively?
  bool within(LockSetId a, LockSetId b, const LockSets& locks) {
    if (a == no_locks || a == b) return true;
    if (b == no_locks) return false;
    return known(within_, a, b, [&] {
      const auto& larger = locks.locks(b);
      return std::ranges::all_of(locks.locks(a), [&](const LockSets::Lock& one) {
        return std::ranges::any_of(larger, [&](const LockSets::Lock& other) {
          return one.first == other.first && (one.second || !other.second);
        });
      });
    });
  }
  // Does every pair that was said to exclude each other do so without these locks?
  bool hold_without(const std::unordered_set<std::uint64_t>& doubtful, const LockSets& locks) const {
    if (doubtful.empty()) return true;
    return std::ranges::all_of(excluding_, [&](const auto& pair) {
      return !pair.second || keep_out(locks.locks(LockSetId{static_cast<std::uint32_t>(pair.first >> 32)}),
                                      locks.locks(LockSetId{static_cast<std::uint32_t>(pair.first)}),
                                      [&](std::uint64_t lock) { return doubtful.contains(lock); });
    });
  }

 private:
  using Known = std::unordered_map<std::uint64_t, bool>;
  template <class F>
  bool known(Known& of, LockSetId a, LockSetId b, F find) {
    const std::uint64_t both = std::uint64_t{index(a)} << 32 | index(b);
    const auto [at, is_new] = of.try_emplace(both, false);
    if (is_new) at->second = find();
    return at->second;
  }
  Known excluding_, within_;
};

}  // namespace

struct PossibleRaces::Impl final : Feasibility::Listener {
  explicit Impl(const Limits& the_limits) : limits(the_limits) {}

  struct Entry {
    std::uint32_t position = 0;
    LockSetId held = no_locks;
    std::uint16_t task = 0;
    std::uint8_t mask = 0;
    bool writes : 1 = false, atomic : 1 = false, threads_own : 1 = false;
  };

  const Limits limits;
  ClockRows rows;
  Feasibility order{rows, *this};
  static constexpr unsigned near_entries = 2;
  ShortLists<Entry, near_entries> cells;
  LockSetPairs pairs;
  const LockSets* locks = nullptr;
  LockSetId held = no_locks;  // of the step, as what follows
  bool in_threads_own = false;
  std::size_t sweep_at = limits.sweep_words;
  bool found = false;

  // Of two that nothing orders.
  bool races(const Entry& old, const Entry& now) {
    return (old.mask & now.mask) != 0 && (old.writes || now.writes) && !(old.atomic && now.atomic) &&
           !(old.threads_own && now.threads_own) && !pairs.exclude(old.held, now.held, *locks);
  }
  // Of two of which the old one comes first.
  bool replaces(const Entry& now, const Entry& old) {
    return (old.mask & ~now.mask) == 0 && (now.writes || !old.writes) && (!now.atomic || old.atomic) &&
           (!now.threads_own || old.threads_own) && pairs.within(now.held, old.held, *locks);
  }

  void on_access(const Touch& touch) override {
    if (found) return;
    while (cells.size() <= touch.cell) cells.add_list();
    const Point here = order.here();
    const Entry now{here.position, held, here.task, touch.mask, touch.writes, touch.atomic, in_threads_own};
    const auto gone = [&](const Entry& old) {
      if (order.was_before({old.position, 0, old.task})) return replaces(now, old);
      found = found || races(old, now);
      return false;
    };
    if (cells.replace(touch.cell, gone, now) + near_entries > longest_list || cells.size() > limits.cells) found = true;
  }
  void on_soon(std::uint32_t cell) const override {
    if (cell < cells.size()) cells.prefetch(cell);
  }
  std::uint32_t on_acquire(std::uint32_t, bool) override { return 0; }
  void on_release(std::uint32_t, bool, std::uint32_t) override {}
  void on_other() override {}
  bool on_forgotten(std::uint32_t cell) override {
    if (cell < cells.size()) cells.clear(cell);
    return true;
  }

  void observe(const Step& step) {
    if (step.event.op == trace::Op::access_range &&
        (step.event.value > largest_range_bytes || step.event.value > ~step.event.object)) {
      found = true;
      return;
    }
    held = step.held;
    in_threads_own = step.in_threads_own;
    order.observe(step);
    if (order.tasks() > limits.tasks || order.here().position + 1 == no_event) found = true;
    if (rows.words() <= sweep_at || found) return;
    order.drop_unused_rows();
    const std::size_t used = rows.words() - rows.unused_words();
    sweep_at = rows.words() + std::max(used / 2, limits.sweep_words);
    if (used > limits.clock_words) found = true;
  }
};

PossibleRaces::PossibleRaces() : PossibleRaces(Limits{}) {}
PossibleRaces::PossibleRaces(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
PossibleRaces::~PossibleRaces() = default;

void PossibleRaces::observe(const Step& step, const LockSets& locks) {
  if (impl_ == nullptr) return;
  impl_->locks = &locks;
  impl_->observe(step);
  if (impl_->found) impl_.reset();
}

bool PossibleRaces::any(const LockSets& locks) const {
  return impl_ == nullptr || !impl_->pairs.hold_without(impl_->order.doubtful_locks(), locks);
}

}  // namespace tenter::analysis
