#include "check/first_look.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <span>
#include <string>
#include <utility>
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

// A step or a stretch of a batch.
struct Piece {
  TaskId task = no_task, thread = no_task;
  LockSetId held = no_locks;
  std::uint32_t begin = 0;  // among the batch's accesses, or its steps
  std::uint32_t count = 0;  // of the accesses; 0: it is a step
  bool is_step() const { return count == 0; }
};

// The meetings that one search found in a batch.
struct Meetings {
  std::vector<Meeting> all;
  std::vector<std::uint32_t> pieces;  // of each meeting, its piece's place in the batch
  std::size_t taken = 0;              // so many were put together with others' already

  void clear() {
    all.clear();
    pieces.clear();
    taken = 0;
  }
  bool has_more_of(std::uint32_t piece) const { return taken < all.size() && pieces[taken] == piece; }
  std::pair<std::uint32_t, std::uint64_t> next_place() const {
    return {all[taken].access, all[taken].granule >> Shadow::page_bits};
  }
};

// What one read of the steps, as World has completed them.
struct Batch {
  std::vector<Piece> pieces;
  std::vector<Step> steps;
  std::vector<PlainAccess> accesses;
  std::deque<std::string> texts;  // of the steps' events
  std::vector<std::vector<LockSets::Lock>> new_lock_sets;
  std::vector<Meetings> of_parts;

  void clear() {
    pieces.clear();
    steps.clear();
    accesses.clear();
    texts.clear();
    new_lock_sets.clear();
  }
  std::size_t size() const { return steps.size() + accesses.size(); }
  void add(const Step& step) {
    pieces.push_back({.begin = static_cast<std::uint32_t>(steps.size())});
    steps.push_back(step);
    if (step.event.op == trace::Op::name) steps.back().event.text = texts.emplace_back(step.event.text);
  }
  void add(const Stretch& stretch) {
    pieces.push_back({stretch.task, stretch.thread, stretch.held, static_cast<std::uint32_t>(accesses.size()),
                      static_cast<std::uint32_t>(stretch.accesses.size())});
    accesses.insert(accesses.end(), stretch.accesses.begin(), stretch.accesses.end());
  }
  // A copy, but for the accesses.
  Stretch stretch(const Piece& piece) {
    return {piece.task, piece.thread, piece.held, std::span(accesses).subspan(piece.begin, piece.count)};
  }
};

// Puts the meetings of all parts in the piece into the order in which one search of the whole would have met them: by access and then
// by page. All of a page are of one part.
void put_together(std::vector<Meetings>& of_parts, std::uint32_t piece, std::vector<Meeting>& meetings) {
  meetings.clear();
  for (;;) {
    Meetings* first = nullptr;
    for (Meetings& part : of_parts)
      if (part.has_more_of(piece) && (first == nullptr || part.next_place() < first->next_place())) first = &part;
    if (first == nullptr) return;
    meetings.push_back(first->all[first->taken++]);
  }
}

}  // namespace

FirstLook::FirstLook(const FirstLookChoice& choice)
    : held_waiting(world, choice.held_limit_ns),
      outlook(choice.possible, choice.left_for_shb ? Outlook::steps_of_patience : Outlook::endless),
      choice_(choice) {}

void FirstLook::before_races(Step& step) {
  world.observe(step);
  if (choice_.misuse && choice_.has_all_order) foreseen.observe(step);
  if (choice_.misuse) left_held.observe(step);
  if (choice_.leak && choice_.has_all_order) left_by_select.observe(step);
  order.observe(step);
}

Stretch FirstLook::searched(const Stretch& stretch, std::vector<PlainAccess>& room) const {
  if (choice_.shard.of <= 1) return stretch;
  room.clear();
  std::ranges::copy_if(stretch.accesses, std::back_inserter(room),
                       [&](const PlainAccess& access) { return choice_.shard.covers(access.address, access.size); });
  return {stretch.task, stretch.thread, stretch.held, room};
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
  const auto tell_after = [&](std::uint64_t more) {
    if ((steps += more) < steps_between) return;
    at(sequencer.position(), steps);
    steps = 0;
  };
  std::vector<PlainAccess> room;
  Stretch stretch;
  Step* step = nullptr;
  while (sequencer.next(stretch, step)) {
    if (!stretch.accesses.empty()) {
      // The other engines do not look at plain accesses.
      world.observe(stretch);
      order.observe(stretch);
      if (choice_.outlook) outlook.observe(stretch, world.lock_sets());
      if (choice_.hb) races.observe(searched(stretch, room));
      tell_after(stretch.accesses.size());
    }
    if (step == nullptr) continue;
    if (choice_.left_for_shb && !left_for_shb) left_for_shb = races.orders_more_than_shb(*step);
    before_races(*step);
    if (searches(*step)) races.observe(*step);
    if (choice_.outlook) outlook.observe(*step, world.lock_sets());
    after_races(*step);
    tell_after(1);
  }
  at(sequencer.position(), steps);
}

// What each stage has for itself. Nothing of it is seen by two stages but the batches, which go from one to the next.
struct FirstLook::Parallel {
  // A search of one part.
  struct Search {
    Search(std::uint32_t number, std::uint32_t of) : races(order, {number, of}) {}
    HappensBefore order;
    RaceSearch races;
    std::vector<PlainAccess> room;
    bool left_for_shb = false;
  };

  Parallel(FirstLook& the_look, Sequencer& the_sequencer, const At& the_at, std::uint32_t parts)
      : look(the_look), sequencer(the_sequencer), at(the_at), under_way(batches) {
    for (Batch& batch : under_way) batch.of_parts.resize(parts);
    for (std::uint32_t number = 0; number < parts; ++number) searches.emplace_back(number, parts);
  }

  bool read(Batch& batch) {
    batch.clear();
    Stretch stretch;
    Step* step = nullptr;
    while (batch.size() < steps_a_batch && sequencer.next(stretch, step)) {
      if (!stretch.accesses.empty()) {
        readers_world.observe(stretch);
        batch.add(stretch);
      }
      if (step == nullptr) continue;
      readers_world.observe(*step);
      batch.add(*step);
    }
    const LockSets& sets = readers_world.lock_sets();
    for (; lock_sets_told < sets.size(); ++lock_sets_told)
      batch.new_lock_sets.push_back(sets.locks(LockSetId{static_cast<std::uint32_t>(lock_sets_told)}));
    at(sequencer.position(), batch.size());
    return batch.size() != 0;
  }

  void search(Batch& batch, std::size_t number) {
    Search& mine = searches[number];
    Meetings& found = batch.of_parts[number];
    found.clear();
    for (std::uint32_t i = 0; i < batch.pieces.size(); ++i) {
      const Piece& piece = batch.pieces[i];
      if (piece.is_step()) {
        const Step& step = batch.steps[piece.begin];
        if (look.choice_.left_for_shb && !mine.left_for_shb) mine.left_for_shb = mine.races.orders_more_than_shb(step);
        mine.order.observe(step);
        if (look.searches(step)) mine.races.observe(step, found.all);
      } else {
        const Stretch stretch = batch.stretch(piece);
        mine.order.observe(stretch);
        mine.races.observe(look.searched(stretch, mine.room), found.all);
      }
      found.pieces.resize(found.all.size(), i);
    }
  }

  void look_out(Batch& batch) {
    for (const std::vector<LockSets::Lock>& set : batch.new_lock_sets) outlooks_lock_sets.append(set);
    for (const Piece& piece : batch.pieces) {
      if (piece.is_step()) look.outlook.observe(batch.steps[piece.begin], outlooks_lock_sets);
      else look.outlook.observe(batch.stretch(piece), outlooks_lock_sets);
    }
  }

  void conclude(Batch& batch) {
    for (std::uint32_t i = 0; i < batch.pieces.size(); ++i) {
      const Piece& piece = batch.pieces[i];
      if (look.choice_.hb) put_together(batch.of_parts, i, meetings);
      if (piece.is_step()) {
        Step step = batch.steps[piece.begin];
        look.before_races(step);
        if (look.choice_.hb) look.races.observe(step, meetings);
        look.after_races(step);
      } else {
        const Stretch stretch = batch.stretch(piece);
        look.world.take_in(stretch);
        look.order.observe(stretch);
        if (look.choice_.hb) look.races.observe(look.searched(stretch, room), meetings);
      }
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
    if (look.choice_.outlook) {
      stages.add({reading}, [this](std::size_t slot) {
        look_out(under_way[slot]);
        return true;
      });
    }
    stages.add(before_the_end, [this](std::size_t slot) {
      conclude(under_way[slot]);
      return true;
    });
    stages.run(threads);
    for (const Search& search : searches) look.left_for_shb = look.left_for_shb || search.left_for_shb;
  }

  FirstLook& look;
  Sequencer& sequencer;
  const At& at;
  std::vector<Batch> under_way;
  World readers_world;
  std::size_t lock_sets_told = LockSets().size();
  LockSets outlooks_lock_sets;  // those of the steps that it saw
  std::deque<Search> searches;
  std::vector<Meeting> meetings;
  std::vector<PlainAccess> room;
};

void FirstLook::look(const Recording& recording, StackTable& stacks, unsigned threads, const At& at) {
  Sequencer sequencer(recording, stacks);
  world.ask_names_of(recording);
  if (threads <= 1) {
    alone(sequencer, at);
  } else {
    // Reading, what is possible and the rest keep a thread busy at least.
    Parallel(*this, sequencer, at, choice_.hb ? std::min(threads - 1, most_parts) : 0).run(threads);
  }
  left_for_shb = choice_.left_for_shb && (left_for_shb || races.racy_events() != 0);
  stalled_streams = sequencer.stalled_streams();
}

}  // namespace tenter::analysis
