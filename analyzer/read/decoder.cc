#include "read/decoder.h"

#include "base/text.h"

namespace tenter::analysis {
namespace {

using trace::Op;
using trace::Word;

// flags of Op::lost: nothing but plain accesses was dropped, so that what follows is still ordered soundly.
constexpr std::uint8_t only_accesses_lost = 1;

constexpr std::uint64_t end_of_addresses = std::uint64_t{1} << trace::address_bits;

constexpr bool knows(Op op) {
  switch (op) {
    case Op::none: return false;
    case Op::set_pc:
    case Op::enter:
    case Op::leave:
    case Op::lost:
    case Op::name:
    case Op::access_range:
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw:
    case Op::fence:
    case Op::lock_create:
    case Op::lock_destroy:
    case Op::lock_acquire:
    case Op::lock_release:
    case Op::lock_look:
    case Op::cond_signal:
    case Op::cond_wake:
    case Op::once_begin:
    case Op::once_end:
    case Op::once_pass:
    case Op::barrier_create:
    case Op::barrier_arrive:
    case Op::barrier_leave:
    case Op::sem_create:
    case Op::sem_post:
    case Op::sem_wait:
    case Op::sem_look:
    case Op::acquire:
    case Op::release:
    case Op::wg_create:
    case Op::wg_add:
    case Op::wg_pass:
    case Op::futex_wake:
    case Op::task_create:
    case Op::task_start:
    case Op::task_end:
    case Op::task_join:
    case Op::task_detach:
    case Op::task_resume:
    case Op::task_suspend:
    case Op::task_stack:
    case Op::alloc:
    case Op::free:
    case Op::chan_make:
    case Op::chan_destroy:
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_park:
    case Op::chan_unpark:
    case Op::chan_done:
    case Op::chan_close:
    case Op::chan_timer_send:
    case Op::handle_birth:
    case Op::handle_death:
    case Op::chan_look:
    case Op::wait_begin:
    case Op::wait_end:
    case Op::select_case:
    case Op::misuse: return true;
  }
  return false;
}

// Of the others check() or take_in() has something to say.
constexpr bool is_simple(Op op) {
  switch (op) {
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw:
    case Op::fence:
    case Op::lock_create:
    case Op::lock_destroy:
    case Op::lock_acquire:
    case Op::lock_release:
    case Op::cond_wake:
    case Op::acquire:
    case Op::release:
    case Op::handle_birth:
    case Op::handle_death:
    case Op::wait_begin:
    case Op::wait_end: return true;
    default: return false;
  }
}

constexpr std::array<OpTraits, 256> make_traits() {
  std::array<OpTraits, 256> traits{};
  for (unsigned i = 0; i < traits.size(); ++i) {
    const auto op = static_cast<Op>(i);
    traits[i].is_known = knows(op);
    traits[i].is_ordered = trace::is_ordered(op);
    traits[i].tells_place = op == Op::set_pc || op == Op::enter || op == Op::leave;
    traits[i].is_simple = is_simple(op);
  }
  return traits;
}

}  // namespace

constinit const std::array<OpTraits, 256> op_traits = make_traits();

void Decoder::begin_chunk(const std::uint64_t* words, std::size_t count, TaskId task, bool window) {
  words_ = words;
  at_ = 0;
  count_ = count;
  run_left_ = 0;
  window_ = window;
  pc_ = 0;
  callers_ = empty_stack;
  task_ = task == no_task ? own_ : task;
}

// Nothing more is read. False.
bool Decoder::fail(std::string_view what) {
  problem_ = "word " + group_digits(at_ == 0 ? 0 : at_ - 1) + " of the chunk ";
  problem_ += what;
  count_ = at_;
  return false;
}

// The thread stands elsewhere now: the word tells where.
void Decoder::move(Word word, std::uint64_t& pc, StackId& callers, StackTable& stacks) {
  const std::uint64_t payload = trace::event_payload(word);
  switch (trace::event_op(word)) {
    case Op::set_pc: pc = payload; return;
    case Op::enter: callers = stacks.push(callers, payload); return;
    default:
      for (std::uint64_t i = 0; i < payload && callers != empty_stack; ++i) callers = stacks.pop(callers);
      return;
  }
}

Made Decoder::accesses(Event& event, std::span<PlainAccess> room) {
  std::size_t made = 0;
  if (run_left_ != 0) {
    if ((event.flags & ~trace::AccessFlag::write) != 0) return {0, next(event)};
    for (; run_left_ != 0 && made < room.size(); ++made) {
      --run_left_;
      event.object += event.value;
      room[made] = {event.object,   event.pc, event.soon, event.callers, static_cast<std::uint8_t>(event.value),
                    is_write(event)};
    }
  }
  // What is written into the room might lie here, for all the compiler knows.
  std::size_t at = at_;
  std::uint64_t pc = pc_;
  StackId callers = callers_;
  const std::size_t count = count_;
  const Word* const words = words_;
  const Word* other = nullptr;  // begins an event of another kind
  while (made < room.size() && at < count) {
    const Word word = words[at];
    if (trace::is_access(word)) {
      ++at;
      pc += static_cast<std::uint64_t>(trace::access_pc_delta(word));
      room[made++] = {trace::access_address(word),
                      pc,
                      soon(at),
                      callers,
                      static_cast<std::uint8_t>(1u << trace::access_size_log2(word)),
                      trace::access_is_write(word)};
      continue;
    }
    // The last word of a chunk is left to next(): a stream goes on in its next chunk with it, and without it makes room for others.
    if (!traits_of(trace::event_op(word)).tells_place) {
      other = words + at++;
      break;
    }
    const std::size_t length = 1 + trace::event_extra(word);
    if (length >= count - at) break;
    move(word, pc, callers, stacks_);
    at += length;
  }
  at_ = at;
  pc_ = pc;
  callers_ = callers;
  return {made, other != nullptr && decode(*other, event)};
}

// False and no problem: the word said where the thread stands, and is no event of its own.
bool Decoder::decode(Word word, Event& event) {
  const Op op = trace::event_op(word);
  const unsigned extra = trace::event_extra(word);
  if (word == 0) {
    if (!window_) return fail("is zero, where an event should begin");
    count_ = at_;  // the thread was stopped here
    return false;
  }
  if (extra > count_ - at_) return fail("begins an event that goes past the end of the chunk");
  const Word* const words = words_ + at_;
  const OpTraits traits = traits_of(op);
  if (traits.tells_place) {
    move(word, pc_, callers_, stacks_);
    at_ += extra;
    return false;
  }
  event.op = op;
  event.flags = trace::event_flags(word);
  event.object = trace::event_payload(word);
  event.pc = pc_;
  event.callers = callers_;
  event.has_ticket = traits.is_ordered;
  if (traits.is_ordered) {
    if (extra == 0) return fail("begins an ordered event without a ticket");
    event.arg = trace::ticket_arg(words[0]);
    event.stripe = trace::ticket_stripe(words[0]);
    event.count = trace::ticket_count(words[0]);
    event.value = extra > 1 ? words[1] : 0;
  } else {
    event.arg = 0;
    event.value = extra > 0 ? words[0] : 0;
  }
  if (!traits.is_simple) {
    if (!check(event)) return false;
  } else if (event.arg == 0 && is_atomic(event)) {  // libatomic serves any other size
    return fail("tells of an atomic operation on 0 bytes");
  }
  at_ += extra;
  if (!traits.is_simple && !take_in(words, extra, event)) return false;
  event.soon = soon(at_);
  return true;
}

bool Decoder::next_other(Event& event) {
  while (at_ < count_) {
    const Word word = words_[at_++];
    if (trace::is_access(word)) {
      access(word, event);
      return true;
    }
    if (decode(word, event)) return true;
  }
  return false;
}

// What the event says of how the rest is to be read. False: there is no rest, or it is no event that anybody knows.
bool Decoder::take_in(const Word* words, unsigned extra, Event& event) {
  switch (event.op) {
    case Op::lost:
      lost_ += event.object;
      if ((event.flags & only_accesses_lost) == 0) {
        // Without a dropped lock or atomic, what follows would look less ordered than it was: a false race.
        return fail("tells that " + counted(event.object, "event was", "events were") + " dropped there");
      }
      return true;
    case Op::name: {
      const auto* bytes = reinterpret_cast<const char*>(words);
      std::size_t length = std::size_t{extra} * sizeof(Word);
      while (length > 0 && bytes[length - 1] == '\0') --length;
      event.text = std::string_view(bytes, length);
      return true;
    }
    case Op::task_resume:
      task_ = event.object == 0 ? own_ : TaskId{static_cast<std::uint32_t>(event.object)};
      callers_ = empty_stack;
      return true;
    case Op::task_suspend:
      task_ = own_;
      callers_ = empty_stack;
      return true;
    case Op::task_start:
      task_ = TaskId{static_cast<std::uint32_t>(event.object)};
      // A thread's own start tells who it is, should the chunk's header not.
      if (own_ == no_task && event.arg != static_cast<std::uint8_t>(trace::TaskKind::task)) own_ = task_;
      return true;
    default:
      // Of an event that this version does not know only the ticket matters, which others may wait for.
      return event.has_ticket || is_known(event.op);
  }
}

// The event becomes the first access of the run.
bool Decoder::begin_run(Event& event) {
  const std::uint64_t count = event.value >> 2;
  const std::uint64_t size = std::uint64_t{1} << (event.value & 3);
  if (count == 0 || count > trace::max_run_count || event.object > end_of_addresses - count * size) return false;
  event.flags = static_cast<std::uint8_t>(event.flags & ~trace::AccessFlag::run);
  event.value = size;
  run_left_ = count - 1;
  return true;
}

// Contents that no program can have made. Later stages size their tables by these numbers.
bool Decoder::check(Event& event) {
  switch (event.op) {
    case Op::access_range:
      if ((event.flags & trace::AccessFlag::run) != 0 && !begin_run(event)) {
        return fail("tells of accesses that no run can hold");
      }
      if (event.value > max_access_bytes || event.object > end_of_addresses - event.value) {
        return fail("tells of an access to " + group_digits(event.value) + " bytes");
      }
      return true;
    case Op::alloc:
    case Op::free:
      if (event.value > end_of_addresses || event.object > end_of_addresses - event.value) {
        return fail("tells of a block of " + group_digits(event.value) + " bytes");
      }
      return true;
    case Op::task_create:
    case Op::task_start:
    case Op::task_end:
    case Op::task_join:
    case Op::task_detach:
    case Op::task_resume:
    case Op::task_suspend:
      if (event.object > task_limit_) {
        return fail("names task " + group_digits(event.object) + ", which a recording of this size cannot have");
      }
      return true;
    case Op::task_stack:
      if (event.value > task_limit_) {
        return fail("gives a stack to task " + group_digits(event.value) +
                    ", which a recording of this size cannot have");
      }
      return true;
    case Op::name:
      if (event.flags == static_cast<std::uint8_t>(trace::NameOf::task) && event.object > task_limit_) {
        return fail("gives a name to task " + group_digits(event.object) +
                    ", which a recording of this size cannot have");
      }
      return true;
    case Op::chan_send:
    case Op::chan_recv:
    case Op::cond_signal:
      if (event.value > task_limit_) {
        return fail("names task " + group_digits(event.value) +
                    " as a partner, which a recording of this size cannot have");
      }
      return true;
    default: return true;
  }
}

}  // namespace tenter::analysis
