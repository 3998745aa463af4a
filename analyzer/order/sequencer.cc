#include "order/sequencer.h"

#include <algorithm>
#include <array>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "read/decoder.h"

// A stream is in exactly one of four states: it is the running one; it is in ready_; it is in the waiting list of the
// stripe that its pending event is on; or it has ended.
//
// The running stream goes on until it has to wait or enters another chunk while others are ready. Of the ready ones, the
// one whose chunk lies first in the file is next: chunks are sealed in the order of time, so that independent
// streams come out roughly as they ran. All ties are broken by the stream's number, so the same input gives the same
// steps.

namespace tenter::analysis {
namespace {

constexpr std::size_t stripes = std::size_t{1} << 16;

// Decoded chunks of waiting streams. Beyond it they are given back, and decoded once more when their turn comes.
constexpr std::size_t max_resident_bytes = std::size_t{512} << 20;

}  // namespace

struct Sequencer::Impl {
  struct Stream {
    StreamId id{};
    std::unique_ptr<StreamCursor> cursor;
    Step step{};               // the last one that was read
    bool is_pending = false;   // it is not out yet
    std::size_t resident = 0;  // counted in resident_bytes_ while the stream does not run
  };
  struct Stripe {
    std::uint64_t next = 0;     // so many events on it came out
    std::uint64_t awaited = 0;  // the lowest count that a stream waits for; 0: none does
  };
  using Waiter = std::pair<std::uint64_t, std::uint32_t>;  // count or position, stream
  using MinFirst = std::priority_queue<Waiter, std::vector<Waiter>, std::greater<>>;

  Impl(const Recording& recording, StackTable& stacks) {
    for (const StreamId id : recording.streams()) {
      const auto number = static_cast<std::uint32_t>(streams_.size());
      streams_.push_back({id, recording.open_stream(id, stacks)});
      ready_.emplace(streams_.back().cursor->position(), number);
    }
  }

  Step* next() {
    for (;;) {
      if (running_ == nullptr && !resume_one()) return nullptr;
      Stream& stream = *running_;
      if (!stream.is_pending && !fetch(stream)) continue;
      if (Step* const step = pending_step(stream)) return step;
    }
  }

  bool next(Stretch& stretch, Step*& step) {
    stretch.accesses = {};
    if (running_ != nullptr && !running_->is_pending && running_->cursor->position() == position_) {
      Stream& stream = *running_;
      StreamCursor& cursor = *stream.cursor;
      stretch.task = cursor.task();
      stretch.thread = cursor.thread();
      stretch.held = no_locks;
      const Made made = cursor.accesses(stream.step.event, accesses_);
      stretch.accesses = std::span(accesses_).first(made.accesses);
      step = nullptr;
      if (made.event) {
        take_event(stream, stretch.task);
        step = pending_step(stream);
      }
      if (made.event || made.accesses != 0) return true;
    }
    step = next();
    return step != nullptr;
  }

  std::uint64_t position() const { return position_; }

  std::size_t stalled() const {
    if (running_ != nullptr || !ready_.empty()) return bad_;
    return bad_ + waiting_streams_;
  }

 private:
  bool resume_one() {
    if (ready_.empty()) return false;
    running_number_ = ready_.top().second;
    ready_.pop();
    running_ = &streams_[running_number_];
    position_ = running_->cursor->position();
    resident_bytes_ -= std::exchange(running_->resident, 0);
    return true;
  }

  void park(Stream& stream) {
    stream.resident = stream.cursor->resident_bytes();
    if (resident_bytes_ + stream.resident > max_resident_bytes) {
      stream.cursor->release();
      stream.resident = 0;
    }
    resident_bytes_ += stream.resident;
    running_ = nullptr;
  }

  // Reads the running stream's next event. False: the stream ended or made room for another.
  bool fetch(Stream& stream) {
    const std::uint64_t position = stream.cursor->position();
    if (position != position_ && !ready_.empty()) {
      ready_.emplace(position, running_number_);
      park(stream);
      return false;
    }
    position_ = position;
    const TaskId task = stream.cursor->task();
    if (!stream.cursor->next(stream.step.event)) {
      stream.cursor.reset();
      running_ = nullptr;
      return false;
    }
    take_event(stream, task);
    return true;
  }

  // The stream has made its event, before which it was that task's.
  void take_event(Stream& stream, TaskId task) {
    stream.is_pending = true;
    stream.step.task = task;
    const trace::Op op = stream.step.event.op;
    if (op == trace::Op::task_resume || op == trace::Op::task_start) stream.step.task = acting_task(stream);
    stream.step.thread = stream.cursor->thread();
  }

  // The task of a resume or start: the one that runs from then on. Its id is in the event, unless it is the thread's own.
  static TaskId acting_task(const Stream& stream) {
    const std::uint64_t id = stream.step.event.object;
    if (id != 0) return TaskId{static_cast<std::uint32_t>(id)};
    const TaskId own = stream.cursor->task();
    return own == no_task ? stream.step.task : own;
  }

  // The stream's pending one; null if it has to wait, or nobody knows what it means.
  Step* pending_step(Stream& stream) {
    Step& step = stream.step;
    if (step.event.has_ticket && !its_turn(stream, step.event)) return nullptr;
    stream.is_pending = false;
    // An op of a newer recorder: its ticket counted, what it means is not known.
    if (!is_known(step.event.op)) return nullptr;
    step.held = no_locks;
    step.in_threads_own = false;
    step.freed_unseen = false;
    return &step;
  }

  bool its_turn(Stream& stream, const Event& event) {
    Stripe& stripe = stripes_[event.stripe];
    if (event.count != stripe.next) [[unlikely]] { return wait_or_give_up(stream, event); }
    if (++stripe.next == stripe.awaited) wake(event.stripe);
    return true;
  }

  // False.
  bool wait_or_give_up(Stream& stream, const Event& event) {
    Stripe& stripe = stripes_[event.stripe];
    if (event.count < stripe.next) {
      // Two events with one number: which of them came first is unknown, and so is all that follows in this stream.
      ++bad_;
      stream.cursor.reset();
      running_ = nullptr;
      return false;
    }
    waiting_[event.stripe].emplace(event.count, running_number_);
    if (stripe.awaited == 0 || event.count < stripe.awaited) stripe.awaited = event.count;
    ++waiting_streams_;
    park(stream);
    return false;
  }

  // The streams that wait for the next count of the stripe are ready.
  void wake(std::uint32_t number) {
    MinFirst& queue = waiting_.at(number);
    Stripe& stripe = stripes_[number];
    for (; !queue.empty() && queue.top().first == stripe.next; queue.pop()) {
      const std::uint32_t woken = queue.top().second;
      --waiting_streams_;
      ready_.emplace(streams_[woken].cursor->position(), woken);
    }
    stripe.awaited = queue.empty() ? 0 : queue.top().first;
  }

  std::vector<Stream> streams_;
  std::vector<Stripe> stripes_ = std::vector<Stripe>(stripes);
  std::unordered_map<std::uint32_t, MinFirst> waiting_;  // by stripe; keyed by count
  MinFirst ready_;                                       // keyed by position
  Stream* running_ = nullptr;                            // into streams_, which does not grow after the constructor
  std::uint32_t running_number_ = 0;
  std::array<PlainAccess, 64> accesses_;
  std::uint64_t position_ = 0;  // of the running stream's chunk
  std::size_t resident_bytes_ = 0;
  std::size_t waiting_streams_ = 0;
  std::size_t bad_ = 0;
};

Sequencer::Sequencer(const Recording& recording, StackTable& stacks)
    : impl_(std::make_unique<Impl>(recording, stacks)) {}
Sequencer::~Sequencer() = default;
Step* Sequencer::next() { return impl_->next(); }
bool Sequencer::next(Stretch& stretch, Step*& step) { return impl_->next(stretch, step); }
std::uint64_t Sequencer::position() const { return impl_->position(); }
std::size_t Sequencer::stalled_streams() const { return impl_->stalled(); }

}  // namespace tenter::analysis
