// RaceSearch compares each access with what is remembered of the memory that it touches, and finds the pairs that nothing orders in
// this run (happens-before; FastTrack's epochs, with byte-exact overlap). It may be given one part of the memory: the
// searches of all parts together find what one search of the whole finds. Memory grows with the bytes that the program touches.
//
//   HappensBefore order;
//   RaceSearch search(order, {.number = 0, .of = 2});
//   std::vector<Meeting> meetings;
//   order.observe(step);
//   search.observe(step, meetings);
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "happens_before/happens_before.h"
#include "order/blocks.h"
#include "order/step.h"
#include "race/shadow.h"

namespace tenter::analysis {

// Which pages of the shadow a search looks at. Groups of pages are dealt out by a hash: programs love powers of two.
struct MemoryPart {
  std::uint32_t number = 0, of = 1;
  bool has_page(std::uint64_t page) const {
    return of == 1 || ((page >> 2) * 0x9e3779b97f4a7c15ull >> 40) % of == number;
  }
};

// Two accesses to a granule that conflict and that nothing orders.
struct Meeting {
  Record earlier, later;
  std::uint64_t granule = 0;
  std::uint8_t overlap = 0;           // bytes of the granule
  std::uint64_t begin = 0, size = 0;  // of the later access
  Block freed;                        // where one of the two frees it; size 0: not known
  std::uint32_t access = 0;           // which one of a stretch the later one is
};

// One thread at a time.
class RaceSearch {
 public:
  explicit RaceSearch(const HappensBefore& order, MemoryPart part = {});
  ~RaceSearch();
  // Of a step that World and `order` have observed. Adds the meetings of its access with earlier ones, by page and then by granule,
  // and in a granule the newest first.
  void observe(const Step& step, std::vector<Meeting>& meetings);
  void observe(const Stretch& stretch, std::vector<Meeting>& meetings);
  // Of a step that `order` has not observed yet: will it order two accesses of which shb may find a race all the same? That is an
  // acquire of what an access would race with but for that acquire, and a sequentially consistent fence, which is no edge of
  // Feasibility. Whatever else shb leaves unordered is unordered.
  bool orders_more_than_shb(const Step& step);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tenter::analysis
