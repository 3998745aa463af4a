// Tasks that would wait for good, had a select of another task taken another of its cases: a result that is sent, once, to whoever
// waits for it in a select beside a timer. In this run the result came first.
//
//   left.observe(step);                  // after `world` has observed the step, before `order` does
//   for (const LeftBySelectCandidate& one : left.candidates()) ...
//
// What the selecting task does in its other branch is in no recording. It matters only where that task could still use the
// channel there: so a candidate is one of whose channel the select's own case, whose handle ends with the select, held the last handle, but for
// those on the stack of the task that waits, which cannot use them while it does. Whatever anybody does after the other case,
// nobody can end that wait any more.
//
// That the other case could have been taken is shown by what this run did up to the choice, and goes on with: time makes it ready, it was ready
// as well, no other was yet and there is one for that; or a step makes it so that nothing orders after the choice.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "channel/rash_uses.h"
#include "happens_before/happens_before.h"
#include "order/world.h"

namespace tenter::analysis {

struct LeftBySelectCandidate {
  enum class Because : std::uint8_t {
    time,       // a timer, or a deadline, could come first
    ready,      // the other case was ready, too
    otherwise,  // before the other task came, no case was ready, and there is one for that
    order       // `by` makes the other case ready at `at`, which may be earlier
  };
  TaskId task = no_task;  // who would wait
  Site where;
  std::uint64_t channel = 0;
  bool sends = false;  // the task; else it receives
  TaskId chooser = no_task;
  Site select;
  Because because = Because::time;
  std::uint64_t other_channel = 0;  // of the other case; 0: otherwise
  bool other_sends = false;
  TaskId by = no_task;
  Site at{};
  bool closes = false;                // at `at`; else it sends or receives
  std::vector<std::uint64_t> held{};  // locks that the task would keep
};

// With an `order`, that of synchronization in which every atomic operation both acquires and releases (ValueOrder), each candidate is real. Without
// one it only says whether a second look with it would find more. One object is for one thread.
class LeftBySelect {
 public:
  explicit LeftBySelect(const World& world, const HappensBefore* order = nullptr, const RashUses* rash = nullptr)
      : world_(world), order_(order), rash_(rash) {}
  void observe(const Step& step) {
    if (step.event.op != trace::Op::access_range) look_at(step);  // most steps are plain accesses
  }
  // One per pair of places, in order of discovery.
  const std::vector<LeftBySelectCandidate>& candidates() const { return found_; }
  bool needs_order() const { return needs_order_; }

 private:
  struct Offer {
    std::uint64_t channel = 0;
    bool send = false, due = false;
    std::uint64_t handle = 0;  // that ends with the select
  };
  struct Select {
    std::vector<Offer> offers;
    bool otherwise = false;
    bool is_new = false;  // its cases are still being told
    bool parked = false;
    Site where;
  };
  struct Parked {  // not in a select
    std::uint64_t channel = 0;
    bool send = false;
    Site where;
  };
  struct Pipe {
    bool is_known = false, is_closed = false, has_fired = false;
    std::uint64_t capacity = 0, filled = 0;
    std::array<std::vector<TaskId>, 2> parked{};  // receivers, senders
  };
  // A select that made its choice, and what would have made another of its cases ready.
  struct Chosen {
    LeftBySelectCandidate candidate;
    bool sends_there = false;  // the other case
    Epoch chooser, task;       // what follows the choice carries these or later ones
  };
  using Places = std::tuple<std::uint64_t, StackId, std::uint64_t, StackId>;

  void look_at(const Step& step);
  void on_case(const Step& step);
  void on_transfer(const Step& step);
  void on_park(const Step& step);
  void choose(const Select& select, TaskId chooser, const Offer& taken, LeftBySelectCandidate candidate, bool at_once);
  bool is_last(const Select& select, const LeftBySelectCandidate& candidate) const;
  bool is_ready(const Offer& offer, TaskId chooser) const;
  void becomes_ready(const Step& step, bool for_send);
  void add(const LeftBySelectCandidate& candidate);
  Pipe& pipe(std::uint64_t channel) { return pipes_[channel]; }
  void complete(TaskId task);
  void leave(TaskId task, std::uint64_t channel, bool send);

  const World& world_;
  const HappensBefore* const order_;
  const RashUses* const rash_;
  std::unordered_map<TaskId, Select> selects_;  // the latest of each task
  std::unordered_map<TaskId, Parked> parked_;
  std::unordered_map<std::uint64_t, Pipe> pipes_;
  std::unordered_map<std::uint64_t, std::vector<Chosen>> chosen_;  // by the channel of the other case
  std::unordered_set<TaskId> creators_;                            // of tasks
  std::vector<LeftBySelectCandidate> found_;
  std::map<Places, std::size_t> places_;
  bool needs_order_ = false;
  bool blind_ = false;
};

// Happens-before in which a load knows what its store knew, whatever their memory orders: what a task learned from a value counts.
class ValueOrder {
 public:
  void observe(const Step& step);
  const HappensBefore& order() const { return order_; }

 private:
  HappensBefore order_;
};

}  // namespace tenter::analysis
