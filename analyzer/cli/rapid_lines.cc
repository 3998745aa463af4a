#include "cli/rapid_lines.h"

#include <algorithm>

namespace tenter::analysis {
namespace {

using trace::LockFlag;
using trace::Op;

// Of a range too large to be true nothing is told.
constexpr std::uint64_t largest_range_bytes = std::uint64_t{1} << 24;

bool is_atomic(Op op) { return op == Op::atomic_load || op == Op::atomic_store || op == Op::atomic_rmw; }
std::uint64_t size_of(const Event& event) {
  const std::uint64_t size = event.op == Op::access_range ? event.value : is_atomic(event.op) ? event.arg : 0;
  return size <= largest_range_bytes && size <= ~event.object ? size : 0;
}

template <class F>
void for_each_granule(std::uint64_t begin, std::uint64_t size, F f) {
  const std::uint64_t end = begin + size;
  for (std::uint64_t granule = begin & ~std::uint64_t{7}; granule < end; granule += 8) {
    unsigned mask = 0xff;
    if (begin > granule) mask &= 0xffu << (begin - granule);
    if (end < granule + 8) mask &= 0xffu >> (granule + 8 - end);
    f(granule, static_cast<std::uint8_t>(mask));
  }
}

}  // namespace

void RapidLines::prepare(const Step& step) {
  const Event& event = step.event;
  if (event.op == Op::lock_acquire || event.op == Op::lock_release) {
    if ((event.flags & LockFlag::again) != 0) return;
    std::uint32_t& holder = holders_[event.object];
    const bool takes = event.op == Op::lock_acquire;
    const bool plain = (event.flags & LockFlag::shared) == 0 && holder == (takes ? 0 : index(step.task));
    if (!plain) not_plain_.insert(event.object);
    holder = takes ? index(step.task) : 0;
  }
  for_each_granule(event.object, size_of(event), [&](std::uint64_t address, std::uint8_t mask) {
    std::vector<std::uint8_t>& atoms = granule_at(address).atoms;
    std::uint8_t rest = mask;
    for (std::size_t i = atoms.size(); i-- > 0;) {
      const auto inside = static_cast<std::uint8_t>(atoms[i] & mask),
                 outside = static_cast<std::uint8_t>(atoms[i] & ~mask);
      rest &= static_cast<std::uint8_t>(~inside);
      if (inside == 0 || outside == 0) continue;
      atoms[i] = inside;
      atoms.push_back(outside);
    }
    if (rest != 0) atoms.push_back(rest);
  });
}

RapidLines::Granule& RapidLines::granule_at(std::uint64_t address) {
  std::uint32_t& place = pages_[address / page_bytes][address % page_bytes / granule_bytes];
  if (place == 0) {
    granules_.emplace_back();
    place = static_cast<std::uint32_t>(granules_.size());
  }
  return granules_[place - 1];
}

void RapidLines::forget_variables(std::uint64_t begin, std::uint64_t end) {
  const auto forget_in = [&](std::uint64_t number, const Page& page) {
    for (std::size_t i = 0; i < page.size(); ++i) {
      const std::uint64_t address = number * page_bytes + i * granule_bytes;
      if (page[i] != 0 && address >= begin && address < end) granules_[page[i] - 1].variables.clear();
    }
  };
  const std::uint64_t first = begin / page_bytes, last = (end - 1) / page_bytes;
  if (last - first < pages_.size()) {
    for (std::uint64_t number = first; number <= last; ++number)
      if (const auto page = pages_.find(number); page != pages_.end()) forget_in(number, page->second);
    return;
  }
  for (const auto& [number, page] : pages_)
    if (number >= first && number <= last) forget_in(number, page);
}

std::uint32_t RapidLines::thread(TaskId task) {
  return threads_.try_emplace(index(task), static_cast<std::uint32_t>(threads_.size())).first->second;
}

void RapidLines::say(const Step& step, RapidLine::Op op, std::uint64_t object) {
  lines_.push_back({op, thread(step.task), object, step.event.pc});
}

std::uint64_t RapidLines::lock_of(Kind kind, std::uint64_t address) {
  const auto [at, is_new] = lock_numbers_.try_emplace({kind, address}, locks_);
  if (is_new) ++locks_;
  return at->second;
}

void RapidLines::access(const Step& step, std::uint64_t size, bool reads, bool writes) {
  for_each_granule(step.event.object, size, [&](std::uint64_t address, std::uint8_t mask) {
    Granule& granule = granule_at(address);
    granule.variables.resize(granule.atoms.size());
    for (std::size_t i = 0; i < granule.atoms.size(); ++i) {
      if ((granule.atoms[i] & mask) == 0) continue;
      if (granule.variables[i] == 0) granule.variables[i] = ++variables_;
      if (reads) say(step, RapidLine::Op::read, granule.variables[i] - 1);
      if (writes) say(step, RapidLine::Op::write, granule.variables[i] - 1);
    }
  });
}

void RapidLines::operation(const Step& step, std::uint64_t address) {
  const std::uint64_t lock = lock_of(Kind::object, address);
  const auto [variable, is_new] = object_variables_.try_emplace(address, variables_);
  if (is_new) ++variables_;
  say(step, RapidLine::Op::acquire, lock);
  say(step, RapidLine::Op::read, variable->second);
  say(step, RapidLine::Op::write, variable->second);
  say(step, RapidLine::Op::release, lock);
}

void RapidLines::observe(const Step& step) {
  const Event& event = step.event;
  switch (event.op) {
    case Op::access_range: return access(step, size_of(event), !is_write(event), is_write(event));
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw: {
      const std::uint64_t lock = lock_of(Kind::atomic, event.object & ~std::uint64_t{7});
      say(step, RapidLine::Op::acquire, lock);
      access(step, size_of(event), event.op != Op::atomic_store, event.op != Op::atomic_load);
      say(step, RapidLine::Op::release, lock);
      return;
    }
    case Op::lock_acquire:
    case Op::lock_release:
      if ((event.flags & LockFlag::again) != 0) return;
      if (not_plain_.contains(event.object)) return operation(step, event.object);
      return say(step, event.op == Op::lock_acquire ? RapidLine::Op::acquire : RapidLine::Op::release,
                 lock_of(Kind::lock, event.object));
    case Op::task_create:
    case Op::task_join:
      return say(step, event.op == Op::task_create ? RapidLine::Op::fork : RapidLine::Op::join,
                 thread(static_cast<TaskId>(event.object)));
    case Op::alloc: {
      if (event.value == 0 || event.value > ~event.object) return;
      forget_variables(event.object & ~(granule_bytes - 1), event.object + event.value);
      return;
    }
    case Op::cond_signal:
    case Op::cond_wake:
    case Op::once_begin:
    case Op::once_end:
    case Op::once_pass:
    case Op::barrier_arrive:
    case Op::barrier_leave:
    case Op::sem_post:
    case Op::sem_wait:
    case Op::sem_look:
    case Op::acquire:
    case Op::release:
    case Op::wg_add:
    case Op::wg_pass:
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_park:
    case Op::chan_look:
    case Op::chan_done:
    case Op::chan_close:
    case Op::chan_timer_send: return operation(step, event.object);
    default: return;
  }
}

}  // namespace tenter::analysis
