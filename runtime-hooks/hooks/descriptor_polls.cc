// Waiting until descriptors are ready. What made one ready came before the call that said so, also where the program
// never reads it: an eventfd that only wakes somebody up is often left as it is.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "hooks/descriptors.h"
#include "hooks/libc_access.h"

namespace tenter::hooks {

using record::Pc;

// ---- poll --------------------------------------------------------------------------------------------------

namespace {

int polled(pollfd* wanted, nfds_t count, int ready, Pc pc) {
  if (ready < 0 || !record::active()) { return ready; }
  for (nfds_t i = 0; i < count; ++i) {
    if (wanted[i].revents != 0) { acquires(wanted[i].fd, pc); }
    told_read(&wanted[i], offsetof(pollfd, revents), pc);
    told_result(&wanted[i].revents, true, pc);
  }
  return ready;
}

}  // namespace

TENTER_INTERPOSE(int, poll, (pollfd * wanted, nfds_t count, int timeout)) {
  return polled(wanted, count, REAL(poll)(wanted, count, timeout), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, __poll_chk, (pollfd * wanted, nfds_t count, int timeout, std::size_t room)) {
  return polled(wanted, count, REAL(__poll_chk)(wanted, count, timeout, room), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, ppoll, (pollfd * wanted, nfds_t count, const timespec* timeout, const sigset_t* signals)) {
  return polled(wanted, count, REAL(ppoll)(wanted, count, timeout, signals), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, __ppoll_chk,
                 (pollfd * wanted, nfds_t count, const timespec* timeout, const sigset_t* signals, std::size_t room)) {
  return polled(wanted, count, REAL(__ppoll_chk)(wanted, count, timeout, signals, room), TENTER_CALLER_PC());
}

// ---- select ------------------------------------------------------------------------------------------------

namespace {

void selected(int limit, fd_set* set, Pc pc) {
  if (set == nullptr) { return; }
  told_write(set, (static_cast<std::size_t>(limit) + 7) / 8, pc);
  // Not FD_ISSET: programs with many descriptors bring sets that are larger than an fd_set.
  const auto* words = reinterpret_cast<const unsigned long*>(set);
  constexpr int word_bits = 8 * sizeof *words;
  for (int fd = 0; fd < limit; ++fd) {
    if ((words[fd / word_bits] >> (fd % word_bits) & 1) != 0) { acquires(fd, pc); }
  }
}

}  // namespace

TENTER_INTERPOSE(int, select, (int limit, fd_set* readable, fd_set* writable, fd_set* strange, timeval* timeout)) {
  const int ready = REAL(select)(limit, readable, writable, strange, timeout);
  if (ready >= 0 && record::active()) {
    const Pc pc = TENTER_CALLER_PC();
    selected(limit, readable, pc);
    selected(limit, writable, pc);
    selected(limit, strange, pc);
    told_result(timeout, true, pc);
  }
  return ready;
}
TENTER_INTERPOSE(int, pselect,
                 (int limit, fd_set* readable, fd_set* writable, fd_set* strange, const timespec* timeout,
                  const sigset_t* signals)) {
  const int ready = REAL(pselect)(limit, readable, writable, strange, timeout, signals);
  if (ready >= 0 && record::active()) {
    const Pc pc = TENTER_CALLER_PC();
    selected(limit, readable, pc);
    selected(limit, writable, pc);
    selected(limit, strange, pc);
  }
  return ready;
}

// ---- epoll -------------------------------------------------------------------------------------------------

TENTER_INTERPOSE(int, epoll_ctl, (int fd, int operation, int watched, epoll_event* event)) {
  const Pc pc = TENTER_CALLER_PC();
  if (event != nullptr) { told_read(event, sizeof *event, pc); }
  releases(fd, pc);
  if (operation != EPOLL_CTL_DEL) { watched_by(watched, fd); }
  return REAL(epoll_ctl)(fd, operation, watched, event);
}

namespace {

int reported(int fd, epoll_event* events, int count, Pc pc) {
  if (count > 0) {
    acquires_watched(fd, pc);
    told_write(events, sizeof(epoll_event) * static_cast<std::size_t>(count), pc);
  }
  return count;
}

}  // namespace

TENTER_INTERPOSE(int, epoll_wait, (int fd, epoll_event* events, int room, int timeout)) {
  return reported(fd, events, REAL(epoll_wait)(fd, events, room, timeout), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, epoll_pwait, (int fd, epoll_event* events, int room, int timeout, const sigset_t* signals)) {
  return reported(fd, events, REAL(epoll_pwait)(fd, events, room, timeout, signals), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, epoll_pwait2,
                 (int fd, epoll_event* events, int room, const timespec* timeout, const sigset_t* signals)) {
  return reported(fd, events, REAL(epoll_pwait2)(fd, events, room, timeout, signals), TENTER_CALLER_PC());
}

}  // namespace tenter::hooks
