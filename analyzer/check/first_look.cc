#include "check/first_look.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "check/stages.h"

namespace tenter::analysis {
namespace {

constexpr std::uint64_t steps_between = 1u << 14;  // two words of where the reader is

// So many steps go through the stages together. All batches under way should fit into the processors' caches.
constexpr std::size_t steps_a_batch = 1024;
constexpr std::size_t batches = 8;
// Each search sees all steps, and has clocks of its own.
constexpr std::uint32_t most_parts = 8;

// The meetings that one search found in a batch.
struct Meetings {
  std::vector<Meeting> all;
  std::vector<std::uint32_t> steps;  // of each meeting, its step's place in the batch
  std::size_t taken = 0;             // so many were put together with others' already

  void clear() {
    all.clear();
    steps.clear();
    taken = 0;
  }
  bool has_more_of(std::uint32_t step) const { return taken < all.size() && steps[taken] == step; }
  std::uint64_t next_page() const { return all[taken].granule >> Shadow::page_bits; }
};

struct Batch {
  std::vector<Step> steps;        // as World has completed them
  std::deque<std::string> texts;  // of their events
  std::vector<std::vector<LockSets::Lock>> new_lock_sets;
  std::vector<Meetings> of_parts;
};

// Puts the meetings of all parts in the step into the order in which one search of the whole would have met them: by page. All of a
// page are of one part.
void put_together(std::vector<Meetings>& of_parts, std::uint32_t step, std::vector<Meeting>& meetings) {
  meetings.clear();
  for (;;) {
    Meetings* first = nullptr;
    for (Meetings& part : of_parts)
      if (part.has_more_of(step) && (first == nullptr || part.next_page() < first->next_page())) first = &part;
    if (first == nullptr) return;
    meetings.push_back(first->all[first->taken++]);
  }
}

}  // namespace

FirstLook::FirstLook(const FirstLookChoice& choice)
    : held_waiting(world, choice.held_limit_ns), possible(choice.possible), choice_(choice) {}

void FirstLook::before_races(Step& step) {
  world.observe(step);
  if (choice_.misuse && choice_.has_all_order) foreseen.observe(step);
  if (choice_.misuse) left_held.observe(step);
  if (choice_.leak && choice_.has_all_order) left_by_select.observe(step);
  order.observe(step);
}

void FirstLook::after_races(const Step& step) {
  if (choice_.lock_order && choice_.has_all_order) lock_order.observe(step);
  if (choice_.waits_under_locks && step.event.op != trace::Op::access_range)
    waits_under_locks.observe(step, world.lock_sets());
  if (choice_.leak || choice_.deadlock) left_behind.observe(step);
  if (choice_.deadlock) held_waiting.observe(step);
  misuse.observe(step);
}

void FirstLook::alone(Sequencer& sequencer, const At& at) {
  std::uint64_t steps = 0;
  while (Step* const step = sequencer.next()) {
    if (++steps % steps_between == 0) at(sequencer.position(), steps_between);
    before_races(*step);
    if (searches(*step)) races.observe(*step);
    if (choice_.possible_races) possible.observe(*step, world.lock_sets());
    after_races(*step);
  }
  at(sequencer.position(), steps % steps_between);
}

// What each stage has for itself. Nothing of it is seen by two stages but the batches, which go from one to the next.
struct FirstLook::Parallel {
  // A search of one part.
  struct Search {
    Search(std::uint32_t number, std::uint32_t of) : races(order, {number, of}) {}
    HappensBefore order;
    RaceSearch races;
  };

  Parallel(FirstLook& the_look, Sequencer& the_sequencer, const At& the_at, std::uint32_t parts)
      : look(the_look), sequencer(the_sequencer), at(the_at), under_way(batches) {
    for (Batch& batch : under_way) {
      batch.steps.reserve(steps_a_batch);
      batch.of_parts.resize(parts);
    }
    for (std::uint32_t number = 0; number < parts; ++number) searches.emplace_back(number, parts);
  }

  bool read(Batch& batch) {
    batch.steps.clear();
    batch.texts.clear();
    while (batch.steps.size() < steps_a_batch) {
      Step* const step = sequencer.next();
      if (step == nullptr) break;
      readers_world.observe(*step);
      batch.steps.push_back(*step);
      if (step->event.op == trace::Op::name) batch.steps.back().event.text = batch.texts.emplace_back(step->event.text);
    }
    batch.new_lock_sets.clear();
    const LockSets& sets = readers_world.lock_sets();
    for (; lock_sets_told < sets.size(); ++lock_sets_told)
      batch.new_lock_sets.push_back(sets.locks(LockSetId{static_cast<std::uint32_t>(lock_sets_told)}));
    at(sequencer.position(), batch.steps.size());
    return !batch.steps.empty();
  }

  void search(Batch& batch, std::size_t number) {
    Search& mine = searches[number];
    Meetings& found = batch.of_parts[number];
    found.clear();
    for (std::uint32_t i = 0; i < batch.steps.size(); ++i) {
      const Step& step = batch.steps[i];
      mine.order.observe(step);
      if (!look.searches(step)) continue;
      mine.races.observe(step, found.all);
      found.steps.resize(found.all.size(), i);
    }
  }

  void ask_what_is_possible(const Batch& batch) {
    for (const std::vector<LockSets::Lock>& set : batch.new_lock_sets) possible_lock_sets.append(set);
    for (const Step& step : batch.steps) look.possible.observe(step, possible_lock_sets);
  }

  void conclude(Batch& batch) {
    for (std::uint32_t i = 0; i < batch.steps.size(); ++i) {
      Step step = batch.steps[i];
      look.before_races(step);
      if (look.choice_.hb) {
        put_together(batch.of_parts, i, meetings);
        look.races.observe(step, meetings);
      }
      look.after_races(step);
    }
  }

  void run(unsigned threads) {
    Stages stages(batches);
    const std::size_t reading = stages.add({}, [this](std::size_t slot) { return read(under_way[slot]); });
    std::vector<std::size_t> before_the_end{reading};
    for (std::size_t number = 0; number < searches.size(); ++number) {
      before_the_end.push_back(stages.add({reading}, [this, number](std::size_t slot) {
        search(under_way[slot], number);
        return true;
      }));
    }
    if (look.choice_.possible_races) {
      stages.add({reading}, [this](std::size_t slot) {
        ask_what_is_possible(under_way[slot]);
        return true;
      });
    }
    stages.add(before_the_end, [this](std::size_t slot) {
      conclude(under_way[slot]);
      return true;
    });
    stages.run(threads);
  }

  FirstLook& look;
  Sequencer& sequencer;
  const At& at;
  std::vector<Batch> under_way;
  World readers_world;
  std::size_t lock_sets_told = LockSets().size();
  LockSets possible_lock_sets;  // those of the steps that the question was asked of
  std::deque<Search> searches;
  std::vector<Meeting> meetings;
};

void FirstLook::look(const Recording& recording, StackTable& stacks, unsigned threads, const At& at) {
  Sequencer sequencer(recording, stacks);
  if (threads <= 1) {
    alone(sequencer, at);
  } else {
    // Reading, what is possible and the rest keep a thread busy at least.
    Parallel(*this, sequencer, at, choice_.hb ? std::min(threads - 1, most_parts) : 0).run(threads);
  }
  stalled_streams = sequencer.stalled_streams();
}

}  // namespace tenter::analysis
