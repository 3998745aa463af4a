// One event as the reader hands it on: decoded, bounds-checked, and with its place in the program.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ids.h"
#include "trace/event.h"

namespace tenter::analysis {

struct Event {
  trace::Op op = trace::Op::none;
  std::uint8_t flags = 0;
  std::uint8_t arg = 0;  // of the ticket: LockKind, TaskKind, MemoryKind, size of an atomic
  bool has_ticket = false;
  std::uint32_t stripe = 0;
  std::uint64_t count = 0;
  std::uint64_t object = 0;       // payload: an address or an id. For accesses: the address
  std::uint64_t value = 0;        // the operand: size of an access or allocation, delta, capacity, partner, kind
  std::uint64_t pc = 0;           // return address of the callback, in the function that did it
  StackId callers = empty_stack;  // return addresses of the calls that led there
  std::string_view text;          // of a name event; valid until the next event of the stream
  std::uint64_t soon = 0;         // a hint: the stream's next accesses may go there; 0: not known
};

// One of a row of plain accesses that a task makes with nothing in between: what is not the same for all of them.
struct PlainAccess {
  std::uint64_t address = 0;
  std::uint64_t pc = 0;
  std::uint64_t soon = 0;  // as in Event
  StackId callers = empty_stack;
  std::uint8_t size = 0;  // 1 to 8 bytes
  bool writes = false;
  bool in_threads_own = false;  // as in Step; World finds it out
};

// What one look at a stream made: so many plain accesses, and then maybe an event of another kind.
struct Made {
  std::size_t accesses = 0;
  bool event = false;
};

// A plain access comes out as access_range whatever its form in the file.
inline bool is_write(const Event& event) { return (event.flags & trace::AccessFlag::write) != 0; }

// A load, a store or a read-modify-write. No fence.
inline bool is_atomic(const Event& event) {
  return event.op >= trace::Op::atomic_load && event.op <= trace::Op::atomic_rmw;
}

}  // namespace tenter::analysis
