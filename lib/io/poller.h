// Who waits for which descriptor, and the epoll instance that is asked for all of them.
//
// A descriptor belongs to the program, which may close it and get its number back for something else, without our
// knowing. So every wait tells the kernel anew what it waits for, and nothing is concluded from what was told before:
//
//   - events are asked for once (EPOLLONESHOT), and only while somebody waits for them;
//   - each time that the kernel is asked has a number, which its events carry. An event that answers an earlier question is
//     passed over: its file may no longer have this descriptor, and even of the same file it tells what was, which somebody
//     who was woken by the answer to a later one may have read away meanwhile;
//   - when the kernel does not know a descriptor any more, or it is not open, whoever waits for it waits for
//     something that was closed. That is noticed at the next wait for the same descriptor, or, by looking at some of
//     them now and then, while there is nothing to do.
//
// epoll is called by syscall(): the C library's functions order things in a recorder's eyes.
#pragma once
#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>
#include <vector>

#include "task/futex.h"
#include "task/outside.h"
#include "task/timer_queue.h"

namespace tenter::detail {

enum class Direction : std::uint8_t { read, write };

enum class DescriptorOutcome : std::uint8_t { ready, timed_out, closed };

// One task that waits; lives on its stack. As a timer entry it is the wait's deadline.
class DescriptorWait final : public Wakeable, public TimerEntry {
 public:
  DescriptorWait(Agent& self, int descriptor, Direction direction) : fd(descriptor), direction_(direction) {
    agent = &self;
  }
  bool is_left_over() const override { return agent->abandoned(); }
  const int fd;
  DescriptorOutcome outcome = DescriptorOutcome::ready;

 private:
  friend class Poller;
  std::int64_t fire(std::int64_t now) override;
  bool can_wake() const override { return !agent->abandoned(); }
  void add_targets(std::vector<TimerTarget>& targets) const override {
    if (can_wake()) { targets.push_back({when(), agent, nullptr}); }
  }

  const Direction direction_;
  bool queued_ = false;
  DescriptorWait* previous_ = nullptr;  // among those of one descriptor and direction
  DescriptorWait* next_ = nullptr;
};

class Poller final : public EventSource {
 public:
  // The one of this process, which the workers serve from now on. Throws std::system_error if there can be none.
  static Poller& instance();

  // Queues the wait, whose agent is prepared and must park() afterwards. 0: done. EPERM: the descriptor is always ready, as
  // a regular file is. Another error number: why it cannot be waited for. Queues only in the first case.
  int queue(DescriptorWait& wait);
  // Takes the wait back. False: somebody else did, and the agent is being woken.
  bool take_back(DescriptorWait& wait);

  Wakeable* wait(std::int64_t until_ns) override;
  // What wait() does with what the kernel answered. Returns who is to be woken.
  Wakeable* take(std::span<const epoll_event> answers);
  void interrupt() override;
  bool can_wake() override;

 private:
  struct Queue {
    DescriptorWait* first = nullptr;
    DescriptorWait* last = nullptr;
  };
  struct Descriptor {
    std::uint32_t question = 0;  // the number of the last one; 0: the kernel does not know this descriptor
    std::array<Queue, 2> waits;  // by direction
  };
  struct Chain {
    Wakeable* first = nullptr;
    std::int64_t length = 0;
    void add(Wakeable& woken) {
      woken.next_woken = first;
      first = &woken;
      ++length;
    }
  };
  static constexpr std::size_t shards = 16;
  // Of every 16th descriptor.
  struct alignas(64) Shard {
    FutexLock lock;
    std::uint32_t questions = 0;
    std::uint32_t next_question() {
      if (++questions == 0) { ++questions; }
      return questions;
    }
    std::vector<Descriptor> descriptors;
  };

  Poller();
  Shard& shard_of(int fd) { return shards_[static_cast<std::size_t>(fd) % shards]; }
  static Descriptor* find_locked(Shard& shard, int fd);
  static std::uint32_t events_of(const Descriptor& descriptor);
  int control(int operation, int fd, std::uint32_t events, std::uint32_t question) const;
  int ask_again_locked(Shard& shard, int fd, Descriptor& descriptor, std::uint32_t events) const;
  int ask_locked(Shard& shard, int fd, Direction direction, Chain& woken);
  static void push_locked(Queue& queue, DescriptorWait& wait);
  static void remove_locked(Queue& queue, DescriptorWait& wait);
  static void take_all_locked(Queue& queue, DescriptorOutcome outcome, Chain& woken);
  static void close_locked(Descriptor& descriptor, Chain& woken);
  int next_events(epoll_event* events, int most, const timespec* timeout);
  void take_one(std::uint64_t tag, std::uint32_t events, Chain& woken);
  void check_some(std::int64_t now, Chain& woken);
  void check_locked(Shard& shard, int fd, Chain& woken) const;

  int epoll_ = -1;
  int interrupt_ = -1;  // an eventfd
  std::array<Shard, shards> shards_;
  std::atomic<bool> has_pwait2_{true};
  std::atomic<std::size_t> end_{0};  // all descriptors that were ever waited for are below
  std::atomic<std::int64_t> next_check_ns_{0};
  std::atomic<std::size_t> check_position_{0};  // where check_some() goes on; whoever moved next_check_ns_ has it
};

}  // namespace tenter::detail
