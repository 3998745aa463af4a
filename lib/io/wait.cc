// <tenter/io.h>: a task queues at the poller and parks; an ordinary thread asks the kernel by itself.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <system_error>

#include <tenter/io.h>

#include "io/poller.h"
#include "task/call.h"
#include "task/clock.h"
#include "task/clock.h"
#include "task/scheduler.h"

namespace tenter {
namespace detail {
namespace {

constexpr std::int64_t no_deadline = never;

[[noreturn]] void throw_not_waitable(int error, int fd, Direction direction) {
  const std::string what = direction == Direction::read ? "wait_readable" : "wait_writable";
  throw std::system_error(error, std::generic_category(), what + ": descriptor " + std::to_string(fd));
}

// For messages and recordings, the number stands for the object.
const void* object_of(int fd) { return reinterpret_cast<const void*>(static_cast<std::intptr_t>(fd)); }

// On the calling thread. It is ppoll(2), called past the C library, in which a recorder would look for order.
bool poll_until(int fd, Direction direction, std::int64_t deadline_ns) {
  pollfd one{fd, static_cast<short>(direction == Direction::read ? POLLIN : POLLOUT), 0};
  // poll(2) passes over negative descriptors.
  if (fd < 0) { throw_not_waitable(EBADF, fd, direction); }
  for (;;) {
    timespec timeout{};
    if (deadline_ns != no_deadline) {
      const std::int64_t left = deadline_ns - clock_ns();
      if (left > 0) {
        timeout.tv_sec = left / 1'000'000'000;
        timeout.tv_nsec = left % 1'000'000'000;
      }
    }
    const long count = syscall(SYS_ppoll, &one, 1, deadline_ns == no_deadline ? nullptr : &timeout, nullptr, 0);
    if (count > 0) { break; }
    if (count == 0) { return false; }
    if (errno != EINTR) { throw_not_waitable(errno, fd, direction); }
  }
  if ((one.revents & POLLNVAL) != 0) { throw_not_waitable(EBADF, fd, direction); }
  return true;
}

bool park_until(Agent& self, int fd, Direction direction, std::int64_t deadline_ns) {
  Poller& poller = Poller::instance();
  DescriptorWait wait(self, fd, direction);
  self.prepare();
  const int error = poller.queue(wait);
  if (error == EPERM) { return true; }
  if (error != 0) { throw_not_waitable(error, fd, direction); }
  const WaitScope waiting(self, WaitKind::descriptor, object_of(fd));
  if (deadline_ns == no_deadline) {
    self.park();
  } else {
    Scheduler& scheduler = Scheduler::instance();
    bool first = false;
    try {
      FutexGuard guard(scheduler.timers.lock);
      first = scheduler.timers.add_locked(wait, deadline_ns);
    } catch (...) {
      if (!poller.take_back(wait)) { self.park(); }  // being woken; that must not happen later
      throw;
    }
    scheduler.timer_added(first, deadline_ns, true);
    self.park();
    FutexGuard guard(scheduler.timers.lock);
    scheduler.timers.remove_locked(wait);
  }
  if (wait.outcome == DescriptorOutcome::closed) { throw_not_waitable(EBADF, fd, direction); }
  return wait.outcome == DescriptorOutcome::ready;
}

bool wait_for(int fd, Direction direction, std::optional<TimePoint> deadline) {
  charge();
  std::int64_t deadline_ns = no_deadline;
  if (deadline) {
    // std::chrono::steady_clock is CLOCK_MONOTONIC in both standard libraries on Linux.
    deadline_ns = std::chrono::duration_cast<Duration>(deadline->time_since_epoch()).count();
    if (deadline_ns <= clock_ns()) { return poll_until(fd, direction, 0); }
  }
  Agent& self = current_agent();
  if (self.is_task() && fd >= 0) { return park_until(self, fd, direction, deadline_ns); }
  const WaitScope waiting(self, WaitKind::descriptor, object_of(fd));
  return poll_until(fd, direction, deadline_ns);
}

}  // namespace
}  // namespace detail

bool wait_readable(int fd, std::optional<TimePoint> deadline) {
  const detail::Call call(__builtin_return_address(0));
  return detail::wait_for(fd, detail::Direction::read, deadline);
}

bool wait_writable(int fd, std::optional<TimePoint> deadline) {
  const detail::Call call(__builtin_return_address(0));
  return detail::wait_for(fd, detail::Direction::write, deadline);
}

}  // namespace tenter
