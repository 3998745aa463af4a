#include "race/shadow.h"

#include <algorithm>

namespace tenter::analysis {

void Crowd::List::index_again() {
  newest_of.clear();
  for (std::uint32_t i = 0; i < records.size(); ++i) newest_of[records[i].task] = i;
}

std::size_t Crowd::size() const {
  std::size_t sum = 0;
  for (const List& list : lists) sum += list.records.size();
  return sum;
}

Shadow::Shadow() { pool_.push_back(Cell()); }

Shadow::Page* Shadow::find_page_slowly(std::uint64_t number, Cached& cached) {
  const std::uint32_t* place = numbers_.find(number + 1);
  if (place == nullptr) return nullptr;
  cached = {number, pages_[*place].get()};
  return cached.page;
}

Shadow::Page& Shadow::make_page(std::uint64_t number) {
  std::uint32_t place;
  if (unused_pages_.empty()) {
    place = static_cast<std::uint32_t>(pages_.size());
    pages_.push_back(std::make_unique<Page>());
  } else {
    place = unused_pages_.back();
    unused_pages_.pop_back();
  }
  numbers_.at(number + 1) = place;
  Page& made = *pages_[place];
  made.number = number;
  cache_[number % cache_.size()] = {number, &made};
  return made;
}

void Shadow::make_cells(Page& page) {
  if (spare_cells_.empty()) {
    rows_.push_back(Row());
    page.cells = rows_[rows_.size() - 1].cells;
  } else {
    page.cells = spare_cells_.back();
    spare_cells_.pop_back();
  }
}

void Shadow::drop_cells(Page& page) {
  drop_run(page);
  if (!page.cells) return;
  for (unsigned i = 0; i < cells_a_page; ++i) clear(page.cells[i]);
  spare_cells_.push_back(page.cells);
  page.cells = nullptr;
}

void Shadow::remove_page(Page& page) {
  drop_cells(page);
  Cached& cached = cache_[page.number % cache_.size()];
  if (cached.page == &page) cached = Cached();
  const std::uint32_t place = *numbers_.find(page.number + 1);
  numbers_.erase(page.number + 1);
  page.freed = Record();
  unused_pages_.push_back(place);
}

std::uint32_t Shadow::take_cell() {
  if (!unused_cells_.empty()) {
    const std::uint32_t link = unused_cells_.back();
    unused_cells_.pop_back();
    return link;
  }
  pool_.push_back(Cell());
  return static_cast<std::uint32_t>(pool_.size() - 1);
}

std::uint32_t Shadow::make_crowd() {
  if (!unused_crowds_.empty()) {
    const std::uint32_t place = unused_crowds_.back();
    unused_crowds_.pop_back();
    crowds_[place] = std::make_unique<Crowd>();
    return place | crowd_bit;
  }
  crowds_.push_back(std::make_unique<Crowd>());
  return static_cast<std::uint32_t>(crowds_.size() - 1) | crowd_bit;
}

void Shadow::give_crowd(std::uint32_t link) {
  crowds_[link & ~crowd_bit].reset();
  unused_crowds_.push_back(link & ~crowd_bit);
}

void Shadow::clear(Cell& cell) {
  if ((cell.more & crowd_bit) != 0) {
    give_crowd(cell.more);
  } else {
    for (std::uint32_t link = cell.more; link != 0;) {
      const std::uint32_t next = older(link).more;
      give_cell(link);
      link = next;
    }
  }
  cell = Cell();
}

void Shadow::forget_in_cell(Cell& cell, std::uint8_t mask) {
  if (mask == 0xff) {
    clear(cell);
    return;
  }
  const auto trim = [mask](Record& record) { record.mask = static_cast<std::uint8_t>(record.mask & ~mask); };
  if ((cell.more & crowd_bit) != 0) {
    for (Crowd::List& list : crowd(cell.more).lists) {
      for (Record& record : list.records) trim(record);
      std::erase_if(list.records, [](const Record& record) { return record.mask == 0; });
      list.index_again();
    }
    return;
  }
  trim(cell.head);
  for (std::uint32_t link = cell.more; link != 0; link = older(link).more) trim(older(link).head);
  drop_empty(cell);
}

void Shadow::drop_empty(Cell& cell) {
  for (std::uint32_t* link = &cell.more; *link != 0;) {
    Cell& next = older(*link);
    if (next.head.mask != 0) {
      link = &next.more;
      continue;
    }
    const std::uint32_t gone = *link;
    *link = next.more;
    give_cell(gone);
  }
  if (cell.head.mask == 0 && cell.more != 0) {
    const std::uint32_t gone = cell.more;
    cell = older(gone);
    give_cell(gone);
  }
}

void Shadow::forget_freed_in_cell(Cell& cell, std::uint8_t mask) {
  if ((cell.more & crowd_bit) != 0) {  // it does not remember what was before what
    forget_in_cell(cell, mask);
    return;
  }
  unsigned freed = 0;
  for (Cell* at = &cell;;) {
    Record& record = at->head;
    const unsigned here = record.mask & mask;
    if (record.kind() == ShadowKind::free) freed |= here;
    record.mask = static_cast<std::uint8_t>(record.mask & ~(here & freed));
    if (at->more == 0) break;
    at = &older(at->more);
  }
  drop_empty(cell);
}

// ---- granules with one history ------------------------------------------------------------------------------------------

namespace {

// What a record says in the granule that lies so many granules behind its own.
Record moved(Record record, unsigned granules) {
  const int start = record.start - static_cast<int>(granules * 8);
  record.start = static_cast<std::int16_t>(start < -32767 ? -32768 : start);
  return record;
}

}  // namespace

bool Shadow::are_empty(const Page& page, unsigned from, unsigned to) {
  return page.cells == nullptr || std::all_of(page.cells + from, page.cells + to,
                                              [](const Cell& cell) { return cell.head.mask == 0 && cell.more == 0; });
}

void Shadow::drop_run(Page& page) {
  if (page.in_run) clear(page.run);
  page.in_run = {};
}

void Shadow::narrow_run(Page& page, GranuleRun left) {
  const GranuleRun run = page.in_run;
  const auto leave = [&](unsigned from, unsigned to) {
    for (unsigned i = from; i < to; ++i) leave_run_to_cell(page, i);
  };
  if (!left) {
    leave(run.begin, run.end);
    drop_run(page);
    return;
  }
  leave(run.begin, left.begin);
  leave(left.end, run.end);
  const unsigned by = left.begin - run.begin;
  for (Cell* at = &page.run; by != 0; at = &older(at->more)) {
    at->head = moved(at->head, by);
    if (at->more == 0) break;
  }
  page.in_run = left;
}

void Shadow::cut_run(Page& page, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t page_begin = page.number << page_bits;
  const unsigned from = begin > page_begin ? static_cast<unsigned>(begin - page_begin) / 8 : 0;
  const unsigned to =
      end < page_begin + page_size_bytes ? static_cast<unsigned>(end - page_begin + 7) / 8 : cells_a_page;
  if (page.in_run.overlaps(from, to)) narrow_run(page, page.in_run.without(from, to));
}

void Shadow::leave_run_to_cell(Page& page, unsigned number) {
  const unsigned by = number - page.in_run.begin;
  Cell* made = &cell(page, std::uint64_t{number} << granule_bits);
  made->head = moved(page.run.head, by);
  for (std::uint32_t link = page.run.more; link != 0; link = older(link).more) {
    made->more = take_cell();
    made = &older(made->more);
    made->head = moved(older(link).head, by);
  }
}

// Do the bytes [begin, end) hold the whole run?
bool Shadow::run_is_within(const Page& page, std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t page_begin = page.number << page_bits;
  return begin <= page_begin + page.in_run.begin * 8u && page_begin + page.in_run.end * 8u <= end;
}

// ---- memory that is given back and given out ---------------------------------------------------------------------------------

// Says of each granule what was said of the page as a whole.
void Shadow::spread_freed(Page& page) {
  if (page.freed.mask == 0) return;
  narrow_run(page, {});
  const std::uint64_t page_begin = page.number << page_bits;
  for (std::uint64_t base = page_begin; base < page_begin + page_size_bytes; base += 8) {
    Cell& at = cell(page, base);
    if (at.head.mask != 0 || at.more != 0) continue;  // in use already: whoever did that was compared with the free
    at.head = page.freed;
    const std::uint64_t back = base - page.freed_block;
    at.head.start = static_cast<std::int16_t>(back <= 32767 ? -static_cast<std::int64_t>(back) : -32768);
  }
  page.freed = Record();
}

void Shadow::forget(std::uint64_t begin, std::uint64_t size) {
  const std::uint64_t end = begin + std::min(size, ~begin);
  for_each_page(begin, end, [&](Page& page) {
    const std::uint64_t page_begin = page.number << page_bits;
    const std::uint64_t page_end = page_begin + page_size_bytes;
    if (begin <= page_begin && page_end <= end) {
      remove_page(page);
      return;
    }
    spread_freed(page);  // the page as a whole is not free any more
    if (run_is_within(page, begin, end)) drop_run(page);
    leave_run(page, begin, end);
    if (!page.cells) return;
    const std::uint64_t from = std::max(begin, page_begin) & ~std::uint64_t{7};
    for (std::uint64_t base = from; base < std::min(end, page_end); base += 8) {
      forget_in_cell(cell(page, base), granule_mask(base, begin, end));
    }
  });
}

void Shadow::forget_freed(std::uint64_t begin, std::uint64_t size) {
  const std::uint64_t end = begin + std::min(size, ~begin);
  for_each_page(begin, end, [&](Page& page) {
    const std::uint64_t page_begin = page.number << page_bits;
    const std::uint64_t page_end = page_begin + page_size_bytes;
    if (begin > page_begin || page_end > end) {
      spread_freed(page);
    } else {
      page.freed = Record();
    }
    if (page.in_run && run_is_within(page, begin, end)) {
      forget_freed_in_cell(page.run, 0xff);
      if (page.run.head.mask == 0) drop_run(page);
    } else {
      leave_run(page, begin, end);
    }
    bool in_use = static_cast<bool>(page.in_run);
    const std::uint64_t from = std::max(begin, page_begin) & ~std::uint64_t{7};
    const std::uint64_t stop = page.cells != nullptr ? std::min(end, page_end) : from;
    for (std::uint64_t base = from; base < stop; base += 8) {
      Cell& at = page.cells[(base - page_begin) / 8];
      const std::uint8_t mask = granule_mask(base, begin, end);
      if (at.more == 0 && (at.head.mask & ~mask) == 0 && (at.head.mask == 0 || at.head.kind() == ShadowKind::free)) {
        at.head.mask = 0;  // nothing but the free, mostly
        continue;
      }
      forget_freed_in_cell(at, mask);
      in_use = in_use || at.head.mask != 0 || at.more != 0;
    }
    if (!in_use && begin <= page_begin && page_end <= end) remove_page(page);
  });
}

}  // namespace tenter::analysis
