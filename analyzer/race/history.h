// History compares an access with what the shadow remembers of a granule, and remembers the access in its turn.
//
// A record r of a granule is dropped when a newer access a touches all of r's bytes, r happens before a (or is of the
// same task), and whatever conflicts with r conflicts with a. Nothing is lost by that: an access that is unordered
// with r cannot come after a, for then r would be before it too, and cannot be of a's task; so it
// races with a as well. In the same way an access adds no record where an equally strong one of its own epoch exists.
//
// A record h that raced with nothing speaks for all older records of its bytes: what conflicts with h happens before h. So an access
// that comes after h and conflicts with nothing that h does not conflict with need not be compared with what is older. That
// is the common case, and costs a look at one record (FastTrack, PLDI 2009, table 1, with more than epochs to look at).
#pragma once
#include <cstdint>

#include "clock/vector_clock.h"
#include "race/shadow.h"

namespace tenter::analysis {

class History {
 public:
  // Told of every remembered access that the present one races with.
  class Listener {
   public:
    virtual void on_race(const Record& record, std::uint64_t granule, std::uint8_t overlap) = 0;

   protected:
    ~Listener() = default;
  };

  History(Shadow& shadow, Listener& listener) : shadow_(shadow), listener_(listener) {}

  // The accesses that follow are of this task, which knows this much. `access` lacks mask and start, which differ by granule.
  // What is superseded is looked for now and then, and when that is depends on the number of the step alone: whoever looks at a part
  // of the memory finds in it what is found by looking at it all.
  void begin(const Record& access, std::uint64_t address, const VectorClock& clock, std::uint64_t step) {
    now_ = access;
    step_ = step;
    begin_ = address;
    clock_ = &clock;
  }
  // The same for an access that differs from the last one only in what the caller changes of it.
  Record& next(std::uint64_t address, std::uint64_t step) {
    step_ = step;
    begin_ = address;
    return now_;
  }
  const Record& now() const { return now_; }
  bool before_now(const Record& record) const {
    return record.task == now_.task || record.count <= clock_->of(static_cast<TaskId>(record.task));
  }

  [[gnu::always_inline]] void touch(Cell& cell, std::uint64_t granule, std::uint8_t mask) {
    if (!renew(cell.head, granule, mask) && !replace_all(cell, granule, mask)) touch_slowly(cell, granule, mask);
  }

 private:
  bool speaks_for_older(const Record& record) const {
    return !record.raced() && covers(record.kind(), now_.kind()) && before_now(record);
  }
  // If the newest record of the access's bytes makes it needless to look further, and no record need be added, that is all.
  [[gnu::always_inline]] bool renew(Record& newest, std::uint64_t granule, std::uint8_t mask) const {
    if ((mask & ~newest.mask) != 0 || !speaks_for_older(newest)) return false;
    if (newest.task == now_.task && newest.count == now_.count) return stands_for(newest.kind(), now_.kind());
    if (newest.mask != mask || !covers(now_.kind(), newest.kind())) return false;
    newest = record_for(granule, mask);
    return true;
  }
  // The same if nothing is remembered but what the access supersedes.
  [[gnu::always_inline]] bool replace_all(Cell& cell, std::uint64_t granule, std::uint8_t mask) const {
    Record& head = cell.head;
    if (cell.more != 0 || (head.mask & ~mask) != 0) return false;
    if (head.mask != 0 && !(covers(now_.kind(), head.kind()) && before_now(head))) return false;
    head = record_for(granule, mask);
    return true;
  }
  // Neighbours of one loop over small elements: its accesses differ in nothing but the element.
  static bool is_next_element(const Record& of, const Record& added) {
    return of.task == added.task && of.count == added.count && of.pc_low == added.pc_low &&
           of.pc_high == added.pc_high && of.callers == added.callers && of.held == added.held &&
           of.bits == added.bits && !of.raced() && of.size == added.size && added.size < 8 &&
           is_multiple(of.start - added.start, added.size);
  }
  static bool is_multiple(int distance, int size) {
    if ((size & (size - 1)) == 0) return (distance & (size - 1)) == 0;  // a division takes longer than all the rest
    return distance % size == 0;
  }
  static void add_element(Record& record, std::uint8_t mask) {
    record.mask = static_cast<std::uint8_t>(record.mask | mask);
  }
  Record record_for(std::uint64_t granule, std::uint8_t mask) const {
    Record record = now_;
    record.mask = mask;
    record.set_start(begin_, granule);
    return record;
  }
  void touch_slowly(Cell& cell, std::uint64_t granule, std::uint8_t mask);
  void touch_chain(Cell& cell, std::uint64_t granule, std::uint8_t mask);
  void add_newest(Cell& cell, const Record& added, unsigned length);
  void push(Cell& cell, const Record& newest);
  void unlink_older(Cell& cell);
  void close_gap(Cell& cell);
  void form_crowd(Cell& cell);
  void sweep(Crowd::List& list, std::uint8_t mask);
  void touch_crowd(Cell& cell, std::uint64_t granule, std::uint8_t mask);
  void add_to_crowd(Crowd::List& list, const Record& added);
  void dissolve_crowd(Cell& cell);

  Shadow& shadow_;
  Listener& listener_;
  Record now_;
  std::uint64_t begin_ = 0;
  const VectorClock* clock_ = nullptr;
  std::uint64_t step_ = 0;
};

}  // namespace tenter::analysis
