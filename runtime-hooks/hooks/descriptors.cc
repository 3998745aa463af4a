// Which object stands for a descriptor, and how descriptors come and go. See hooks/descriptors.h.
#include "hooks/descriptors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdarg>

namespace tenter::hooks {

using record::Pc;
using trace::Op;

namespace {

constexpr unsigned known_descriptors = 16384;
constexpr unsigned network_object = known_descriptors;    // all sockets
constexpr unsigned other_object = known_descriptors + 1;  // descriptors beyond the known ones
constexpr unsigned several_epolls = known_descriptors + 2;
constexpr unsigned object_count = known_descriptors + 3;

// Only their addresses are used; the pages are never touched.
constinit std::uint64_t objects[object_count] = {};
// Object of each descriptor plus 1; 0: the object that has its own number. Relaxed: a program that uses a descriptor
// while another thread opens or closes it cannot expect any order.
constinit std::atomic<std::uint16_t> object_of[known_descriptors] = {};
// By object: the epoll instance that watches it, as its object plus 1; more than one: several_epolls plus 1.
constinit std::atomic<std::uint16_t> watcher_of[object_count] = {};
// By descriptor: made by signalfd.
constinit std::atomic<bool> has_signals[known_descriptors] = {};

bool is_known(int fd) { return fd >= 0 && static_cast<unsigned>(fd) < known_descriptors; }

unsigned object_number(int fd) {
  if (!is_known(fd)) { return other_object; }
  const unsigned stored = object_of[fd].load(std::memory_order_relaxed);
  return stored == 0 ? static_cast<unsigned>(fd) : stored - 1;
}

void stands_for(int fd, unsigned object) {
  if (is_known(fd)) { object_of[fd].store(static_cast<std::uint16_t>(object + 1), std::memory_order_relaxed); }
}
void stands_for_itself(int fd) {
  if (is_known(fd)) {
    object_of[fd].store(0, std::memory_order_relaxed);
    watcher_of[fd].store(0, std::memory_order_relaxed);
    has_signals[fd].store(false, std::memory_order_relaxed);
  }
}
void joined(const int ends[2]) {
  stands_for_itself(ends[0]);
  stands_for_itself(ends[1]);
  const unsigned object = object_number(ends[0]);
  stands_for(ends[0], object);  // no longer 0: see connects_threads
  stands_for(ends[1], object);
}

int accepted(int listening, int fd, Pc pc) {
  if (fd >= 0) {
    stands_for(fd, network_object);
    acquires(listening, pc);
  }
  return fd;
}

void told(Op op, unsigned object, Pc pc) { record::sync(op, 0, 0, &objects[object], pc); }

}  // namespace

void releases(int fd, Pc pc) {
  if (!record::active()) { return; }
  const unsigned object = object_number(fd);
  told(Op::release, object, pc);
  if (const unsigned watcher = watcher_of[object].load(std::memory_order_relaxed); watcher != 0) {
    told(Op::release, watcher - 1, pc);
  }
  record::thread_may_begin(pc);
}
void acquires(int fd, Pc pc) {
  if (record::active()) { told(Op::acquire, object_number(fd), pc); }
}

void watched_by(int fd, int epoll) {
  const auto watcher = static_cast<std::uint16_t>(object_number(epoll) + 1);
  std::atomic<std::uint16_t>& known = watcher_of[object_number(fd)];
  std::uint16_t none = 0;
  if (!known.compare_exchange_strong(none, watcher, std::memory_order_relaxed) && none != watcher) {
    known.store(several_epolls + 1, std::memory_order_relaxed);
  }
}
void acquires_watched(int epoll, Pc pc) {
  acquires(epoll, pc);
  if (record::active()) { told(Op::acquire, several_epolls, pc); }
}

bool connects_threads(int fd) { return is_known(fd) && object_of[fd].load(std::memory_order_relaxed) != 0; }

int duplicated(int old, int fd) {
  if (fd >= 0 && fd != old) {
    const bool signals = is_signal_descriptor(old);
    stands_for_itself(fd);
    stands_for(fd, object_number(old));
    if (signals) { delivers_signals(fd); }
  }
  return fd;
}

void delivers_signals(int fd) {
  if (is_known(fd)) { has_signals[fd].store(true, std::memory_order_relaxed); }
}
bool is_signal_descriptor(int fd) { return is_known(fd) && has_signals[fd].load(std::memory_order_relaxed); }

// ---- opening and closing -------------------------------------------------------------------------------

TENTER_INTERPOSE(int, pipe, (int ends[2])) {
  const int result = REAL(pipe)(ends);
  if (result == 0) { joined(ends); }
  return result;
}
TENTER_INTERPOSE(int, pipe2, (int ends[2], int flags)) {
  const int result = REAL(pipe2)(ends, flags);
  if (result == 0) { joined(ends); }
  return result;
}
TENTER_INTERPOSE(int, socketpair, (int domain, int type, int protocol, int ends[2])) {
  const int result = REAL(socketpair)(domain, type, protocol, ends);
  if (result == 0) { joined(ends); }
  return result;
}
TENTER_INTERPOSE(int, socket, (int domain, int type, int protocol)) {
  const int fd = REAL(socket)(domain, type, protocol);
  if (fd >= 0) { stands_for(fd, network_object); }
  return fd;
}
TENTER_INTERPOSE(int, connect, (int fd, const sockaddr* address, socklen_t length)) {
  releases(fd, TENTER_CALLER_PC());
  return REAL(connect)(fd, address, length);
}
TENTER_INTERPOSE(int, accept, (int fd, sockaddr* address, socklen_t* length)) {
  return accepted(fd, REAL(accept)(fd, address, length), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, accept4, (int fd, sockaddr* address, socklen_t* length, int flags)) {
  return accepted(fd, REAL(accept4)(fd, address, length, flags), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, dup, (int old)) { return duplicated(old, REAL(dup)(old)); }
TENTER_INTERPOSE(int, dup2, (int old, int wanted)) { return duplicated(old, REAL(dup2)(old, wanted)); }
TENTER_INTERPOSE(int, dup3, (int old, int wanted, int flags)) {
  return duplicated(old, REAL(dup3)(old, wanted, flags));
}

TENTER_INTERPOSE(int, shutdown, (int fd, int how)) {
  releases(fd, TENTER_CALLER_PC());
  return REAL(shutdown)(fd, how);
}
TENTER_INTERPOSE(int, close, (int fd)) {
  releases(fd, TENTER_CALLER_PC());
  stands_for_itself(fd);  // before the number can be somebody else's
  return REAL(close)(fd);
}

namespace {

// Before the numbers can be somebody else's.
void closes_from(unsigned first, unsigned last, Pc pc) {
  for (unsigned fd = first; fd <= last && fd < known_descriptors; ++fd) {
    if (connects_threads(static_cast<int>(fd))) { releases(static_cast<int>(fd), pc); }
    stands_for_itself(static_cast<int>(fd));
  }
}

}  // namespace

TENTER_INTERPOSE(int, close_range, (unsigned first, unsigned last, int flags)) {
  constexpr int only_on_exec = 4;  // CLOSE_RANGE_CLOEXEC: nothing is closed yet
  if ((flags & only_on_exec) == 0) { closes_from(first, last, TENTER_CALLER_PC()); }
  return REAL(close_range)(first, last, flags);
}
TENTER_INTERPOSE(void, closefrom, (int first)) {
  closes_from(first < 0 ? 0 : static_cast<unsigned>(first), known_descriptors, TENTER_CALLER_PC());
  REAL(closefrom)(first);
}

namespace {

int after_fcntl(int fd, int command, int result) {
  return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? duplicated(fd, result) : result;
}

}  // namespace

// One argument follows, or none; then what is passed on is never looked at.
#define TENTER_FCNTL(function)                                              \
  TENTER_INTERPOSE(int, function, (int fd, int command, ...)) {             \
    std::va_list rest;                                                      \
    va_start(rest, command);                                                \
    void* argument = va_arg(rest, void*);                                   \
    va_end(rest);                                                           \
    return after_fcntl(fd, command, REAL(function)(fd, command, argument)); \
  }
TENTER_FCNTL(fcntl)
TENTER_FCNTL(fcntl64)

}  // namespace tenter::hooks
