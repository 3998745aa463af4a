#include "race/history.h"

#include <algorithm>
#include <vector>

namespace tenter::analysis {
namespace {

constexpr unsigned longest_chain = 12;              // more records than this make a crowd
constexpr unsigned races_an_event_in_a_crowd = 64;  // an access that races with everybody is reported with some

// One step in 64, whatever the rhythm in which a granule is accessed.
bool is_thorough(std::uint64_t step) { return (step * 0x9e3779b97f4a7c15ull) >> 58 == 0; }

}  // namespace

void History::touch_slowly(Cell& cell, std::uint64_t granule, std::uint8_t mask) {
  Record& head = cell.head;
  if ((cell.more & crowd_bit) != 0) {
    touch_crowd(cell, granule, mask);
    return;
  }
  // Nothing older is to be compared with it, and the newest is kept beside it.
  if ((mask & ~head.mask) == 0 && !is_thorough(step_) && speaks_for_older(head) && !covers(now_.kind(), head.kind()) &&
      !(head.task == now_.task && head.count == now_.count)) {
    push(cell, record_for(granule, mask));
    return;
  }
  touch_chain(cell, granule, mask);
}

void History::touch_chain(Cell& cell, std::uint64_t granule, std::uint8_t mask) {
  Record added = record_for(granule, mask);
  unsigned length = 0;
  Record* neighbour = nullptr;
  Cell* before = nullptr;
  Cell* newest = &cell;  // of those that overlap
  for (; (newest->head.mask & mask) == 0; ++length) {
    if (is_next_element(newest->head, added)) neighbour = &newest->head;
    if (newest->more == 0) {
      // It overlaps none of them, and so may stand anywhere among them.
      if (neighbour == nullptr) return add_newest(cell, added, length + 1);
      return add_element(*neighbour, mask);
    }
    before = newest;
    newest = &shadow_.older(newest->more);
  }
  if (before != nullptr && renew(newest->head, granule, mask)) return;
  bool redundant = false;
  unsigned unanswered = mask;  // bytes of which older records may still matter
  unsigned freed = 0;          // bytes that were freed since: what is older is forgotten with that, this access is not
  // Now and then the whole chain is walked all the same, so that superseded records do not pile up at its end.
  const bool thorough = is_thorough(step_);
  Cell* previous = nullptr;
  for (Cell* at = newest;;) {
    Record& old = at->head;
    const auto overlap = static_cast<std::uint8_t>(old.mask & mask);
    if (overlap != 0) {
      if (old.kind() == ShadowKind::free) freed |= overlap;
      if (!before_now(old)) {
        if (conflict(old.kind(), now_.kind())) {
          listener_.on_race(old, granule, overlap);
          added.set_raced();
        }
      } else {
        if (!old.raced() && covers(old.kind(), now_.kind())) unanswered &= ~unsigned{overlap};
        if (covers(now_.kind(), old.kind())) {
          old.mask = static_cast<std::uint8_t>(old.mask & ~mask);
        } else if (old.task == now_.task && old.count == now_.count && overlap == mask && (freed & overlap) == 0 &&
                   stands_for(old.kind(), now_.kind())) {
          redundant = true;
        }
      }
    }
    if (old.mask == 0 && previous != nullptr) {
      unlink_older(*previous);
    } else {
      ++length;
      previous = at;
    }
    if ((unanswered == 0 && !thorough) || previous->more == 0) break;
    at = &shadow_.older(previous->more);
  }
  const bool vacant = newest->head.mask == 0;
  if (redundant) {
    if (vacant) close_gap(*newest);
    return;
  }
  // No newer one overlaps, so that where the newest was is as good a place as the chain's head.
  if (!(vacant && before == nullptr) && is_next_element(cell.head, added)) {
    add_element(cell.head, mask);
    if (vacant) unlink_older(*before);
  } else if (vacant) {
    newest->head = added;
  } else {
    add_newest(cell, added, length);
  }
}
// To a chain that is so long.
void History::add_newest(Cell& cell, const Record& added, unsigned length) {
  push(cell, added);
  if (length >= longest_chain) form_crowd(cell);
}
void History::push(Cell& cell, const Record& newest) {
  const std::uint32_t link = shadow_.take_cell();
  shadow_.older(link) = cell;
  cell.head = newest;
  cell.more = link;
}
// Of a cell that has older ones.
void History::unlink_older(Cell& cell) {
  const std::uint32_t gone = cell.more;
  cell.more = shadow_.older(gone).more;
  shadow_.give_cell(gone);
}
void History::close_gap(Cell& cell) {
  const std::uint32_t gone = cell.more;
  cell = shadow_.older(gone);
  shadow_.give_cell(gone);
}

// ---- a granule that many tasks access -----------------------------------------------------------------------------------
void History::form_crowd(Cell& cell) {
  const std::uint32_t link = shadow_.make_crowd();
  Crowd& crowd = shadow_.crowd(link);
  for (Cell* at = &cell; at != nullptr; at = at->more != 0 ? &shadow_.older(at->more) : nullptr) {
    crowd.lists[static_cast<unsigned>(at->head.kind())].records.push_back(at->head);
  }
  for (Crowd::List& list : crowd.lists) {
    std::reverse(list.records.begin(), list.records.end());  // oldest first, so that the index finds the newest
    list.index_again();
  }
  shadow_.clear(cell);
  cell.more = link;
}

// Drops what this access supersedes.
void History::sweep(Crowd::List& list, std::uint8_t mask) {
  for (Record& old : list.records) {
    if ((old.mask & mask) != 0 && before_now(old)) old.mask = static_cast<std::uint8_t>(old.mask & ~mask);
  }
  if (std::erase_if(list.records, [](const Record& old) { return old.mask == 0; }) != 0) list.index_again();
}

void History::touch_crowd(Cell& cell, std::uint64_t granule, std::uint8_t mask) {
  Crowd& crowd = shadow_.crowd(cell.more);
  Record added = record_for(granule, mask);
  bool redundant = false;
  unsigned reported = 0;
  for (unsigned k = 0; k < shadow_kinds; ++k) {
    const auto kind = static_cast<ShadowKind>(k);
    Crowd::List& list = crowd.lists[k];
    if (list.records.empty()) continue;
    if (conflict(kind, now_.kind())) {
      for (const Record& old : list.records) {
        const auto overlap = static_cast<std::uint8_t>(old.mask & mask);
        if (overlap == 0 || before_now(old)) continue;
        added.set_raced();
        listener_.on_race(old, granule, overlap);
        if (++reported == races_an_event_in_a_crowd) break;
      }
      if (covers(now_.kind(), kind)) sweep(list, mask);
    } else if (covers(now_.kind(), kind) && kind != now_.kind() && list.records.size() >= list.sweep_at) {
      sweep(list, mask);
      list.sweep_at = std::max<std::size_t>(32, 2 * list.records.size());
    }
    if (stands_for(kind, now_.kind()) && kind != now_.kind()) {
      const auto mine = list.newest_of.find(now_.task);
      if (mine != list.newest_of.end()) {
        const Record& old = list.records[mine->second];
        redundant = redundant || (old.count == now_.count && (mask & ~old.mask) == 0);
      }
    }
  }
  if (!redundant) add_to_crowd(crowd.lists[static_cast<unsigned>(now_.kind())], added);
  if (crowd.size() <= longest_chain / 2) dissolve_crowd(cell);
}

void History::add_to_crowd(Crowd::List& list, const Record& added) {
  const auto mine = list.newest_of.find(now_.task);
  if (mine != list.newest_of.end()) {
    Record& old = list.records[mine->second];
    if ((old.mask & ~added.mask) == 0) {
      old = added;
      return;
    }
    if (old.count == added.count && (added.mask & ~old.mask) == 0) return;
  }
  if (list.records.size() >= list.sweep_at) {
    sweep(list, added.mask);
    list.sweep_at = std::max<std::size_t>(32, 2 * list.records.size());
  }
  list.newest_of[now_.task] = static_cast<std::uint32_t>(list.records.size());
  list.records.push_back(added);
}

void History::dissolve_crowd(Cell& cell) {
  std::vector<Record> records;
  for (const Crowd::List& list : shadow_.crowd(cell.more).lists) {
    records.insert(records.end(), list.records.begin(), list.records.end());
  }
  shadow_.clear(cell);
  for (const Record& record : records) {
    if (cell.head.mask != 0) {
      const std::uint32_t link = shadow_.take_cell();
      shadow_.older(link) = cell;
      cell.more = link;
    }
    cell.head = record;
    cell.head.set_raced();  // of unknown age among the others, so it must not answer for later accesses
  }
}

}  // namespace tenter::analysis
