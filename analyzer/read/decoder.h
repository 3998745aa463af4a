// Words -> Events: the decoder of one chunk after another. Knows nothing of files.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/stack_table.h"
#include "read/event.h"

namespace tenter::analysis {

// Ids above are refused whatever the size of the recording.
constexpr std::uint64_t max_task_id = std::uint64_t{1} << 24;
// One access may touch at most so much.
constexpr std::uint64_t max_access_bytes = std::uint64_t{1} << 38;

// What reading asks of every op, found with one load.
struct OpTraits {
  bool is_known : 1 = false;  // see is_known()
  bool is_ordered : 1 = false;
  bool tells_place : 1 = false;  // it says where the thread stands, and is no event of its own
  bool is_simple : 1 = false;    // its words say all of it, and what follows is read as before
};
extern const std::array<OpTraits, 256> op_traits;
inline OpTraits traits_of(trace::Op op) { return op_traits[static_cast<std::uint8_t>(op)]; }

// Whether this version knows the op. Others, written by newer recorders, have only the shape that all events share.
inline bool is_known(trace::Op op) { return traits_of(op).is_known; }

class Decoder {
 public:
  // Task ids above `task_limit` are taken for damage.
  Decoder(StackTable& stacks, std::uint64_t task_limit) : stacks_(stacks), task_limit_(task_limit) {}

  // The stream's first chunk tells which task the thread itself is.
  void set_own_task(TaskId own) { own_ = own; }

  // The code address and the call stack start anew. In a window, the first zero word that begins an event ends the
  // chunk; in a sealed chunk it is damage. The words must stay until the next begin_chunk(), or move as told by rebase().
  void begin_chunk(const std::uint64_t* words, std::size_t count, TaskId task, bool window);
  void rebase(const std::uint64_t* words) { words_ = words; }

  // Makes the next event of the stream's last one. False at the end of the chunk or where it is not sound: then problem() is not
  // empty, and the decoder is not to be used for what follows in the stream.
  bool next(Event& event) {
    if (run_left_ != 0) {
      --run_left_;
      event.object += event.value;
      return true;
    }
    if (at_ == count_ || !trace::is_access(words_[at_])) return next_other(event);
    access(words_[at_++], event);
    return true;
  }

  // Makes as many events as come next, fit into `room` and are small plain accesses with nothing but code addresses in between; and
  // then `event`, as next() does, if one of another kind follows in the chunk. next() goes on behind them, with the same event as here.
  Made accesses(Event& event, std::span<PlainAccess> room);

  TaskId task() const { return task_; }
  TaskId own_task() const { return own_; }
  std::size_t words() const { return at_; }  // of this chunk, so far
  bool at_end() const { return at_ == count_ && run_left_ == 0; }
  const std::string& problem() const { return problem_; }
  std::uint64_t lost() const { return lost_; }  // counted by `lost` events so far

 private:
  static constexpr std::size_t words_ahead = 12;

  void access(std::uint64_t word, Event& event) {
    pc_ += static_cast<std::uint64_t>(trace::access_pc_delta(word));
    event.op = trace::Op::access_range;
    event.flags = trace::access_is_write(word) ? trace::AccessFlag::write : std::uint8_t{0};
    event.arg = 0;
    event.has_ticket = false;
    event.object = trace::access_address(word);
    event.value = std::uint64_t{1} << trace::access_size_log2(word);
    event.pc = pc_;
    event.callers = callers_;
    event.soon = soon(at_);
  }
  // Whoever keeps something for each address fetches it while other events are dealt with: a processor waits for memory longer
  // than for anything else that an access costs. A ticket that looks like an access makes a needless hint.
  std::uint64_t soon(std::size_t at) const {
    const std::size_t ahead = at + words_ahead;
    return ahead < count_ && trace::is_access(words_[ahead]) ? trace::access_address(words_[ahead]) : 0;
  }
  static void move(std::uint64_t word, std::uint64_t& pc, StackId& callers, StackTable& stacks);
  bool next_other(Event& event);
  [[gnu::cold]] bool fail(std::string_view what);
  [[gnu::always_inline]] inline bool decode(std::uint64_t word, Event& event);
  bool take_in(const std::uint64_t* words, unsigned extra, Event& event);
  bool begin_run(Event& event);
  bool check(Event& event);

  StackTable& stacks_;
  const std::uint64_t* words_ = nullptr;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  std::uint64_t run_left_ = 0;  // accesses of a run that are not out yet
  std::uint64_t pc_ = 0;
  StackId callers_ = empty_stack;
  TaskId task_ = no_task;
  TaskId own_ = no_task;
  std::uint64_t task_limit_;
  std::uint64_t lost_ = 0;
  bool window_ = false;
  std::string problem_;
};

}  // namespace tenter::analysis
