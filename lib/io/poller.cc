// Lock order: the timer queue's lock and the scheduler's, then a shard's; nothing below a shard's.
#include "io/poller.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <span>
#include <system_error>

#include "task/scheduler.h"

namespace tenter::detail {
namespace {

constexpr std::uint64_t interrupt_tag = ~std::uint64_t{0};
constexpr int events_at_once = 128;
constexpr int lowest_descriptor = 500;  // programs close those that they know, and daemons all low ones
constexpr std::int64_t check_period_ns = 100'000'000;
constexpr std::size_t checks_at_once = 64;
constexpr std::size_t looks_at_once = 4096;

constexpr std::uint32_t wakes_readers = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t wakes_writers = EPOLLOUT | EPOLLHUP | EPOLLERR;

std::uint64_t tag_of(int fd, std::uint32_t question) {
  return std::uint64_t{question} << 32 | static_cast<std::uint32_t>(fd);
}

int moved_up(int fd) {
  if (fd < 0) { return fd; }
  const int high = fcntl(fd, F_DUPFD_CLOEXEC, lowest_descriptor);
  if (high < 0) { return fd; }  // the process may have no more than a few
  ::close(fd);
  return high;
}

// Tasks wait for what can no longer be seen to happen.
[[noreturn]] void die_without_epoll() {
  std::fputs("tenter: the descriptor by which wait_readable() and wait_writable() wait was closed by the program\n",
             stderr);
  std::abort();
}

}  // namespace

// ---- life ----------------------------------------------------------------------------------------------------------

Poller& Poller::instance() {
  static Poller* const poller = [] {
    auto* const made = new Poller;  // never destroyed: workers wait in it until the process ends
    Scheduler::instance().add_event_source(*made);
    return made;
  }();
  return *poller;
}

Poller::Poller() {
  epoll_ = moved_up(static_cast<int>(syscall(SYS_epoll_create1, EPOLL_CLOEXEC)));
  if (epoll_ < 0) { throw std::system_error(errno, std::generic_category(), "tenter: no epoll instance"); }
  interrupt_ = moved_up(static_cast<int>(syscall(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK)));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = interrupt_tag;
  if (interrupt_ < 0 || syscall(SYS_epoll_ctl, epoll_, EPOLL_CTL_ADD, interrupt_, &event) != 0) {
    const int error = errno;
    if (interrupt_ >= 0) { ::close(interrupt_); }
    ::close(epoll_);
    throw std::system_error(error, std::generic_category(), "tenter: no event descriptor");
  }
}

// ---- queues --------------------------------------------------------------------------------------------------------

void Poller::push_locked(Queue& queue, DescriptorWait& wait) {
  wait.previous_ = queue.last;
  wait.next_ = nullptr;
  (queue.last != nullptr ? queue.last->next_ : queue.first) = &wait;
  queue.last = &wait;
  wait.queued_ = true;
}

void Poller::remove_locked(Queue& queue, DescriptorWait& wait) {
  (wait.previous_ != nullptr ? wait.previous_->next_ : queue.first) = wait.next_;
  (wait.next_ != nullptr ? wait.next_->previous_ : queue.last) = wait.previous_;
  wait.queued_ = false;
}

void Poller::take_all_locked(Queue& queue, DescriptorOutcome outcome, Chain& woken) {
  while (DescriptorWait* const wait = queue.first) {
    remove_locked(queue, *wait);
    wait->outcome = outcome;
    woken.add(*wait);
  }
}

void Poller::close_locked(Descriptor& descriptor, Chain& woken) {
  descriptor.question = 0;
  for (Queue& queue : descriptor.waits) { take_all_locked(queue, DescriptorOutcome::closed, woken); }
}

Poller::Descriptor* Poller::find_locked(Shard& shard, int fd) {
  const std::size_t index = static_cast<std::size_t>(fd) / shards;
  return index < shard.descriptors.size() ? &shard.descriptors[index] : nullptr;
}

std::uint32_t Poller::events_of(const Descriptor& descriptor) {
  return (descriptor.waits[0].first != nullptr ? std::uint32_t{EPOLLIN} : 0u) |
         (descriptor.waits[1].first != nullptr ? std::uint32_t{EPOLLOUT} : 0u);
}

// ---- waiting -------------------------------------------------------------------------------------------------------

int Poller::control(int operation, int fd, std::uint32_t events, std::uint32_t question) const {
  epoll_event event{};
  event.events = events | EPOLLONESHOT;
  event.data.u64 = tag_of(fd, question);
  return syscall(SYS_epoll_ctl, epoll_, operation, fd, &event) == 0 ? 0 : errno;
}

// What the kernel answered before and nobody has looked at yet counts no more; it answers again if it is still so.
int Poller::ask_again_locked(Shard& shard, int fd, Descriptor& descriptor, std::uint32_t events) const {
  const std::uint32_t question = shard.next_question();
  const int error = control(EPOLL_CTL_MOD, fd, events, question);
  if (error == 0) { descriptor.question = question; }
  return error;
}

// Asks the kernel for the direction's event, and for those that are waited for already.
int Poller::ask_locked(Shard& shard, int fd, Direction direction, Chain& woken) {
  const std::uint32_t wanted = direction == Direction::read ? std::uint32_t{EPOLLIN} : std::uint32_t{EPOLLOUT};
  if (Descriptor* const known = find_locked(shard, fd); known != nullptr && known->question != 0) {
    const int error = ask_again_locked(shard, fd, *known, wanted | events_of(*known));
    if (error == 0) { return 0; }
    if (error != ENOENT && error != EBADF) { return error; }
    close_locked(*known, woken);
    if (error == EBADF) { return error; }
  }
  const std::uint32_t question = shard.next_question();
  int error = control(EPOLL_CTL_ADD, fd, wanted, question);
  // The file had this descriptor before, and lived on under another one meanwhile.
  if (error == EEXIST) { error = control(EPOLL_CTL_MOD, fd, wanted, question); }
  if (error != 0) { return error; }
  // Only now is it sure that this is a descriptor, and not a number of any size.
  const std::size_t index = static_cast<std::size_t>(fd) / shards;
  if (index >= shard.descriptors.size()) { shard.descriptors.resize(index + index / 2 + 1); }
  const std::size_t end = (index + 1) * shards;
  std::size_t before = end_.load(std::memory_order_relaxed);
  while (before < end && !end_.compare_exchange_weak(before, end, std::memory_order_relaxed)) {}
  shard.descriptors[index].question = question;
  return 0;
}

int Poller::queue(DescriptorWait& wait) {
  Chain woken;
  int error = 0;
  {
    Shard& shard = shard_of(wait.fd);
    FutexGuard guard(shard.lock);
    error = ask_locked(shard, wait.fd, wait.direction_, woken);
    if (error == 0) {
      push_locked(find_locked(shard, wait.fd)->waits[static_cast<std::size_t>(wait.direction_)], wait);
    }
  }
  awaited_.fetch_add((error == 0 ? 1 : 0) - woken.length, std::memory_order_relaxed);
  unpark_all(woken.first);
  return error;
}

bool Poller::take_back(DescriptorWait& wait) {
  Shard& shard = shard_of(wait.fd);
  FutexGuard guard(shard.lock);
  if (!wait.queued_) { return false; }
  // The kernel goes on watching for its event, which nobody will want then.
  remove_locked(find_locked(shard, wait.fd)->waits[static_cast<std::size_t>(wait.direction_)], wait);
  awaited_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

std::int64_t DescriptorWait::fire(std::int64_t) {
  if (Poller::instance().take_back(*this)) {
    outcome = DescriptorOutcome::timed_out;
    unpark(*agent);
  }
  return never;
}

// ---- events --------------------------------------------------------------------------------------------------------

void Poller::interrupt() {
  const std::uint64_t one = 1;
  syscall(SYS_write, interrupt_, &one, sizeof one);
}

void Poller::take_one(std::uint64_t tag, std::uint32_t events, Chain& woken) {
  const int fd = static_cast<int>(tag & 0xffffffffu);
  Shard& shard = shard_of(fd);
  FutexGuard guard(shard.lock);
  Descriptor* const descriptor = find_locked(shard, fd);
  if (descriptor == nullptr || descriptor->question != tag >> 32) { return; }
  if ((events & wakes_readers) != 0) { take_all_locked(descriptor->waits[0], DescriptorOutcome::ready, woken); }
  if ((events & wakes_writers) != 0) { take_all_locked(descriptor->waits[1], DescriptorOutcome::ready, woken); }
  if (events_of(*descriptor) != 0) { check_locked(shard, fd, woken); }  // the other direction's went with this one
}

// epoll_pwait2, or what has the same effect where the kernel is older than 5.11 or a sandbox does not know the call.
int Poller::next_events(epoll_event* events, int most, const timespec* timeout) {
  if (has_pwait2_.load(std::memory_order_relaxed)) {
    const long count = syscall(SYS_epoll_pwait2, epoll_, events, most, timeout, nullptr, 0);
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) { return static_cast<int>(count); }
    has_pwait2_.store(false, std::memory_order_relaxed);
  }
  pollfd any{epoll_, POLLIN, 0};
  timespec left = timeout != nullptr ? *timeout : timespec{};  // the kernel writes back what is left
  if (syscall(SYS_ppoll, &any, 1, timeout != nullptr ? &left : nullptr, nullptr, 0) < 0) { return -1; }
  return static_cast<int>(syscall(SYS_epoll_pwait, epoll_, events, most, 0, nullptr, 0));
}

Wakeable* Poller::wait(std::int64_t until_ns) {
  std::int64_t now = now_ns();
  timespec timeout{};
  if (until_ns > now) {
    timeout.tv_sec = (until_ns - now) / 1'000'000'000;
    timeout.tv_nsec = (until_ns - now) % 1'000'000'000;
  }
  std::array<epoll_event, events_at_once> events;
  const int count = next_events(events.data(), events_at_once, until_ns < 0 ? nullptr : &timeout);
  if (count < 0 && errno != EINTR) { die_without_epoll(); }
  const bool may_wait = until_ns < 0 || until_ns > now;
  now = now_ns();
  last_look_ns_.store(now, std::memory_order_relaxed);
  const std::span answers(events.data(), static_cast<std::size_t>(std::max(count, 0)));
  const auto interrupts = [](const epoll_event& answer) { return answer.data.u64 == interrupt_tag; };
  // Only the one that is meant takes it away; those that just look leave it to that one.
  if (may_wait && std::ranges::any_of(answers, interrupts)) {
    std::uint64_t count_of_them = 0;
    syscall(SYS_read, interrupt_, &count_of_them, sizeof count_of_them);
  }
  return take(answers);
}

Wakeable* Poller::take(std::span<const epoll_event> answers) {
  Chain woken;
  for (const epoll_event& answer : answers) {
    if (answer.data.u64 != interrupt_tag) { take_one(answer.data.u64, answer.events, woken); }
  }
  if (answers.size() < events_at_once) { check_some(last_look_ns_.load(std::memory_order_relaxed), woken); }
  if (woken.length > 0) { awaited_.fetch_sub(woken.length, std::memory_order_relaxed); }
  return woken.first;
}

// ---- what was closed -----------------------------------------------------------------------------------------------

// Asks the kernel again for what is waited for, and wakes those that wait if it does not know of it.
void Poller::check_locked(Shard& shard, int fd, Chain& woken) const {
  Descriptor& descriptor = *find_locked(shard, fd);
  if (ask_again_locked(shard, fd, descriptor, events_of(descriptor)) != 0) { close_locked(descriptor, woken); }
}

void Poller::check_some(std::int64_t now, Chain& woken) {
  std::int64_t due = next_check_ns_.load(std::memory_order_acquire);
  if (now < due || !awaited()) { return; }
  if (!next_check_ns_.compare_exchange_strong(due, now + check_period_ns, std::memory_order_acq_rel)) { return; }
  std::size_t position = check_position_.load(std::memory_order_relaxed);
  std::size_t checks = 0;
  for (std::size_t looks = 0; looks < looks_at_once && checks < checks_at_once; ++looks) {
    if (position >= end_.load(std::memory_order_relaxed)) { position = 0; }
    const int fd = static_cast<int>(position++);
    Shard& shard = shard_of(fd);
    FutexGuard guard(shard.lock);
    Descriptor* const descriptor = find_locked(shard, fd);
    if (descriptor == nullptr) { continue; }
    for (Queue& queue : descriptor->waits) {
      for (DescriptorWait* each = queue.first; each != nullptr;) {
        DescriptorWait* const next = each->next_;
        // Left over from a run that has ended: nobody is woken, but nobody waits either.
        if (each->agent->abandoned()) {
          remove_locked(queue, *each);
          awaited_.fetch_sub(1, std::memory_order_relaxed);
        }
        each = next;
      }
    }
    if (events_of(*descriptor) != 0) {
      check_locked(shard, fd, woken);
      ++checks;
    }
  }
  check_position_.store(position, std::memory_order_relaxed);
}

bool Poller::can_wake() {
  if (!awaited()) { return false; }
  for (Shard& shard : shards_) {
    FutexGuard guard(shard.lock);
    for (const Descriptor& descriptor : shard.descriptors) {
      for (const Queue& queue : descriptor.waits) {
        for (const DescriptorWait* each = queue.first; each != nullptr; each = each->next_) {
          if (!each->agent->abandoned()) { return true; }
        }
      }
    }
  }
  return false;
}

}  // namespace tenter::detail
