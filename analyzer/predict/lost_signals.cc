// A wait is three events of its task, side by side: it says that it waits, gives back the lock, and wakes up. The library gives
// back the lock first.
#include "predict/lost_signals.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "predict/closed_ideal.h"
#include "predict/continuation.h"
#include "predict/held_acquires.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t most_of_a_kind = 3;  // candidates for each two places
constexpr std::size_t most_forced = 32;    // steps from a signal to where its lock is given back

using Place = std::pair<std::uint64_t, std::uint32_t>;
Place place_of(const TableEvent& event) { return {event.where.pc, index(event.where.callers)}; }

class Engine {
 public:
  Engine(const TraceTable& table, std::uint64_t most_work)
      : table_(table), ideal_(table), continuation_(table), most_work_(most_work) {}

  std::vector<LostSignal> run() {
    HeldAcquires held(table_);
    struct Signal {
      std::uint32_t event;
      std::vector<std::uint32_t> held;
    };
    std::map<std::uint32_t, Signal> last;  // by condition
    const std::set<Signaller> repeated = repeated_signals();
    for (std::uint32_t i = 0; i < table_.events().size(); ++i) {
      const TableEvent& event = table_.events()[i];
      held.observe(i);
      if (event.kind != EventKind::other) continue;
      if (event.op == trace::Op::cond_signal) last[event.object] = {i, held.of(event.task)};
      if (event.op != trace::Op::cond_wake) continue;
      const auto signal = last.find(event.object);
      if (signal == last.end()) continue;
      const TableEvent& sent = table_.events()[signal->second.event];
      if (!repeated.contains(signaller_of(sent))) try_out(signal->second.event, signal->second.held, i);
      if (ideal_.work() + continuation_.work() > most_work_) break;
    }
    return std::move(found_);
  }

 private:
  // Signalled by one function again and again: where one signal is not heard, the next may be, and what such a loop asks for
  // need not be in the recording. Our library's signal() tells of the two from two places, so the place is its caller's.
  using Signaller = std::pair<std::uint32_t, StackId>;  // of which condition, called from where
  static Signaller signaller_of(const TableEvent& signal) { return {signal.object, signal.where.callers}; }
  std::set<Signaller> repeated_signals() const {
    std::set<Signaller> seen, repeated;
    for (const TableEvent& event : table_.events())
      if (event.op == trace::Op::cond_signal && !seen.insert(signaller_of(event)).second)
        repeated.insert(signaller_of(event));
    return repeated;
  }

  // Of the task's events this many before the other one; no_event: there is none.
  std::uint32_t before(const TableEvent& event, std::uint32_t count) const {
    return event.position >= count ? table_.events_of(event.task)[event.position - count] : no_event;
  }

  // The acquire of the lock that the wait gave back.
  std::uint32_t section_of(const TableEvent& wake) const {
    for (const std::uint32_t count : {1u, 2u}) {
      const std::uint32_t event = before(wake, count);
      if (event != no_event && table_.events()[event].kind == EventKind::release) return table_.events()[event].partner;
    }
    return no_event;
  }

  // A wait that ended without its lock hangs in this run already, whatever was signalled.
  bool took_back(const TableEvent& wake, std::uint32_t lock) const {
    const auto& mine = table_.events_of(wake.task);
    if (wake.position + 1 >= mine.size()) return false;
    const TableEvent& next = table_.events()[mine[wake.position + 1]];
    return next.kind == EventKind::acquire && next.object == lock;
  }

  // Who signals under the lock gives it back soon: what comes between could depend on the wait, unless it only reads and
  // writes. That each read sees what it saw is for the judge.
  bool go_on_to(std::uint32_t release, std::vector<std::uint32_t>& forced) const {
    const auto& events = table_.events();
    const TableEvent& sent = events[forced.back()];
    const auto& mine = table_.events_of(sent.task);
    for (std::size_t i = sent.position + 1; i < mine.size() && forced.size() < most_forced; ++i) {
      forced.push_back(mine[i]);
      if (mine[i] == release) return true;
      const EventKind kind = events[mine[i]].kind;
      if (kind != EventKind::read && kind != EventKind::write) return false;
    }
    return false;
  }

  void try_out(std::uint32_t signal, const std::vector<std::uint32_t>& held, std::uint32_t wake) {
    const auto& events = table_.events();
    const TableEvent& sent = events[signal];
    const std::uint32_t section = section_of(events[wake]);
    if (sent.task == events[wake].task || section == no_event || events[section].task != events[wake].task) return;
    if (!took_back(events[wake], events[section].object)) return;
    std::size_t& known = known_[{place_of(sent), place_of(events[wake])}];
    if (known == most_of_a_kind) return;
    std::vector<std::uint32_t> forced = {signal};
    const auto same = std::ranges::find_if(
        held, [&](std::uint32_t acquire) { return events[acquire].object == events[section].object; });
    if (same != held.end() && !go_on_to(events[*same].partner, forced)) return;
    ideal_.clear();
    ideal_.add_before(signal);
    ideal_.add_before(section);
    if (!ideal_.close() || ideal_.contains(signal) || ideal_.contains(section)) return;
    ++known;
    found_.push_back({signal, wake, continuation_.of(ideal_.frontier(), forced, wake)});
  }

  const TraceTable& table_;
  ClosedIdeal ideal_;
  Continuation continuation_;
  std::map<std::pair<Place, Place>, std::size_t> known_;
  std::uint64_t most_work_;
  std::vector<LostSignal> found_;
};

}  // namespace

std::vector<LostSignal> predict_lost_signals(const TraceTable& table, std::uint64_t most_work) {
  return Engine(table, most_work).run();
}

}  // namespace tenter::analysis
