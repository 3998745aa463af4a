#include "predict/possible_races.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "predict/feasible_memory.h"
#include "predict/short_lists.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t longest_list = 64;                  // of accesses to one cell
constexpr std::uint32_t last_position = no_event - 4096;  // more than a stretch is long
constexpr std::size_t cells_a_task = 4096;                // so many are worth a look for one task less
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
    static constexpr unsigned task_bits = 13;
    static constexpr std::uint16_t writes_bit = 1u << 13, atomic_bit = 1u << 14, threads_own_bit = 1u << 15;

    std::uint32_t position = 0;
    LockSetId held = no_locks;
    std::uint16_t task_and_bits = 0;
    std::uint8_t mask = 0;
    std::uint8_t last = 0;  // bytes of a write that nobody wrote since: who reads them reads it

    std::uint16_t task() const { return task_and_bits & ((1u << task_bits) - 1); }
    bool writes() const { return (task_and_bits & writes_bit) != 0; }
    bool atomic() const { return (task_and_bits & atomic_bit) != 0; }
    bool threads_own() const { return (task_and_bits & threads_own_bit) != 0; }
    bool same_but_for_bytes(const Entry& other) const {
      return task_and_bits == other.task_and_bits && held == other.held;
    }
    // Is it of that task and kind, or a write where that one reads?
    bool as_strong_as(const Entry& other) const {
      return (task_and_bits == other.task_and_bits || task_and_bits == (other.task_and_bits | writes_bit)) &&
             held == other.held;
    }
    // Can nobody see it who could not race with it? Then nobody follows it who does not follow what its task publishes later:
    // until there is a possible race, with which the search ends.
    bool quiet() const { return !writes() || (held == no_locks && !atomic() && !threads_own()); }
  };
  static constexpr std::size_t most_tasks = (1u << Entry::task_bits) - 2;  // a step knows two new ones at most
  static constexpr unsigned near_entries = 5;
  using Entries = ShortLists<Entry, near_entries>;
  using Cell = Entries::List;
  static_assert(sizeof(Cell) == PossibleRaces::bytes_a_cell, "a look at a cell waits for one cache line");

  const Limits limits;
  ClockRows rows;
  Feasibility order{rows, *this, Feasibility::Numbers::of_successors};
  Entries entries;
  FeasibleMemory<Impl> memory{order, *this};
  LockSetPairs pairs;
  const LockSets* locks = nullptr;
  LockSetId held = no_locks;  // of the step, as what follows
  bool in_threads_own = false;
  std::size_t sweep_at = limits.sweep_words, first_tasks = limits.new_tasks;
  bool found = false;

  // Of two that nothing orders.
  [[gnu::always_inline]] bool races(const Entry& old, const Entry& now) {
    return (old.mask & now.mask) != 0 && (old.writes() || now.writes()) && !(old.atomic() && now.atomic()) &&
           !(old.threads_own() && now.threads_own()) && !pairs.exclude(old.held, now.held, *locks);
  }
  // Of two of which the old one comes first: where they overlap, does what can race with it race with the later one too?
  [[gnu::always_inline]] bool replaces(const Entry& now, const Entry& old) {
    return (now.writes() || !old.writes()) && (!now.atomic() || old.atomic()) &&
           (!now.threads_own() || old.threads_own()) && pairs.within(now.held, old.held, *locks);
  }
  // Is the one of the present task, and all that follows either follows both?
  bool at_once_with(const Entry& old) const { return old.quiet() && order.quiet_since(old.position); }

  static constexpr bool keeps_runs = true;
  Cell copy(const Cell& cell) { return entries.copy(cell); }
  bool knows(const Cell& cell) const { return cell.near[0].mask != 0; }
  // Only what came before can race with it: what comes later is of other memory.
  void free(const Cell& cell) {
    const Entry now = entry({.mask = 0xff, .writes = true});
    entries.for_each(cell, [&](const Entry& old) {
      if (!order.was_before(old.task(), old.position)) found = found || races(old, now);
    });
  }
  void freed() {}
  void forget(Cell& cell) { entries.clear(cell); }
  void see(const Cell& cell, std::uint8_t mask) {
    entries.for_each(cell, [&](const Entry& old) {
      if ((old.last & mask) != 0) order.require(old.task(), old.position);
    });
  }
  Entry entry(const Touch& touch) const {
    const unsigned bits = (touch.writes ? Entry::writes_bit : 0u) | (touch.atomic ? Entry::atomic_bit : 0u) |
                          (in_threads_own ? Entry::threads_own_bit : 0u);
    return {0, held, static_cast<std::uint16_t>(order.self() | bits), touch.mask,
            touch.writes ? touch.mask : std::uint8_t{0}};
  }
  void access(Cell& cell, const Touch& touch) {
    const Entry now = entry(touch);
    // Nothing touched the granule since the newest access that is kept of it. So where this one is no more than that one, who wrote
    // these bytes has been seen.
    Entry& newest = cell.near[0];
    if ((now.mask & ~newest.mask) == 0 && newest.as_strong_as(now)) {
      // No older access can race with this one that could not race with that one, and no later one will.
      if (at_once_with(newest)) return order.arrive();
      // It takes the other's place, and compares with each older one as that one did, after which they stayed.
      if (now.mask == newest.mask && now.same_but_for_bytes(newest) && order.learnt_nothing_since(newest.position)) {
        order.arrive();
        newest.position = order.here().position;
        if (!now.quiet()) order.publish();
        return;
      }
    }
    if (touch.reads) see(cell, touch.mask);
    order.arrive();
    compare(cell, now);
  }
  void note(Cell& cell, const Touch& touch) { compare(cell, entry(touch)); }
  void compare(Cell& cell, Entry now) {
    if (found) return;
    now.position = order.here().position;
    const auto gone = [&](Entry& old) __attribute__((always_inline)) {
      if (old.same_but_for_bytes(now) && at_once_with(old)) {
        now.mask |= old.mask;
        now.last |= old.last;
        return true;
      }
      if ((old.mask & now.mask) == 0) return false;
      auto left = old.mask;
      if (!order.was_before(old.task(), old.position)) {
        found = found || races(old, now);
      } else if (replaces(now, old)) {
        left &= static_cast<std::uint8_t>(~now.mask);
      }
      if (left == 0) return true;
      old.mask = left;
      old.last &= static_cast<std::uint8_t>(left & ~now.last);
      return false;
    };
    if (entries.replace(cell, gone, now) + near_entries > longest_list) found = true;
    if (!now.quiet()) order.publish();
  }
  std::uint32_t on_acquire(std::uint32_t, bool) override { return 0; }
  void on_release(std::uint32_t, bool, std::uint32_t) override {}
  void on_other() override {}

  void observe(const Step& step) {
    if (step.event.op == trace::Op::access_range &&
        (step.event.value > largest_range_bytes || step.event.value > ~step.event.object)) {
      found = true;
      return;
    }
    held = step.held;
    in_threads_own = step.in_threads_own;
    memory.observe(step);
    look_at_limits();
  }
  void observe(const Stretch& stretch) {
    held = stretch.held;
    for (const PlainAccess& access : stretch.accesses) {
      order.begin(stretch.task);
      in_threads_own = access.in_threads_own;
      memory.observe(access);
    }
    look_at_limits();
  }
  template <class F>
  void for_each_entry(F f) {
    memory.cells().for_each([&](const Cell& cell) {
      if (knows(cell)) entries.for_each(cell, f);
    });
  }
  void look_at_limits() {
    if (order.tasks() > std::min(limits.tasks, most_tasks) || memory.cells().cells() > limits.cells ||
        order.here().position >= last_position)
      found = true;
    if (found) return;
    if (order.free_numbers() == 0 && order.first_of_their_number() >= first_tasks) {
      order.find_free_numbers(
          [&](auto use) { for_each_entry([&](const Entry& old) { use(old.task(), old.position); }); });
      const std::size_t enough = std::max(limits.new_tasks, memory.cells().cells() / cells_a_task);
      first_tasks = order.free_numbers() >= enough ? 0 : enough;
    }
    if (rows.words() <= sweep_at) return;
    order.drop_unused_rows([&](auto use) {
      for_each_entry([&](const Entry& old) {
        if (old.last != 0) use(old.task(), old.position);
      });
    });
    const std::size_t used = rows.words() - rows.unused_words();
    sweep_at = rows.words() + std::max(used / 2, limits.sweep_words);
    if (used > limits.clock_words) found = true;
  }
};

PossibleRaces::PossibleRaces() : PossibleRaces(Limits{}) {}
PossibleRaces::PossibleRaces(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
PossibleRaces::~PossibleRaces() = default;

void PossibleRaces::observe(const Step& step, const LockSets& locks) {
  if (found()) return;
  impl_->locks = &locks;
  impl_->observe(step);
  if (impl_->found) impl_.reset();
}

void PossibleRaces::observe(const Stretch& stretch, const LockSets& locks) {
  if (found()) return;
  impl_->locks = &locks;
  impl_->observe(stretch);
  if (impl_->found) impl_.reset();
}

bool PossibleRaces::any(const LockSets& locks) const {
  return found() || !impl_->pairs.hold_without(impl_->order.doubtful_locks(), locks);
}

}  // namespace tenter::analysis
