// Descriptors order threads: what came before a write happened before what follows the read that received it. Told as
// release and acquire of an object that stands for the open file.
//
// Which write a read received is not knowable here, so every write before orders: at worst this hides a race between
// threads that also talk over the same pipe. The two ends of a pipe or socketpair share an object, as do
// descriptors that dup made; all network sockets share one, because the peer may be in this process.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "hooks/interpose.h"

namespace tenter::hooks {

using record::Pc;
using trace::Op;

namespace {

// ---- which object --------------------------------------------------------------------------------------

constexpr unsigned known_descriptors = 16384;
constexpr unsigned network_object = known_descriptors;    // all sockets
constexpr unsigned other_object = known_descriptors + 1;  // descriptors beyond the known ones

// Only their addresses are used; the pages are never touched.
constinit std::uint64_t objects[known_descriptors + 2] = {};
// Object of each descriptor plus 1; 0: the object that has its own number. Relaxed: a program that uses a descriptor
// while another thread opens or closes it cannot expect any order.
constinit std::atomic<std::uint16_t> object_of[known_descriptors] = {};

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
  if (is_known(fd)) { object_of[fd].store(0, std::memory_order_relaxed); }
}
void joined(const int ends[2]) {
  stands_for_itself(ends[0]);
  stands_for(ends[1], object_number(ends[0]));
}

// ---- telling -------------------------------------------------------------------------------------------

void releases(int fd, Pc pc) {
  if (record::active()) { record::sync(Op::release, 0, 0, &objects[object_number(fd)], pc); }
}
void acquires(int fd, Pc pc) {
  if (record::active()) { record::sync(Op::acquire, 0, 0, &objects[object_number(fd)], pc); }
}

void sends(int fd, const void* data, std::size_t size, Pc pc) {
  if (speaks_for_program(pc)) { library_read(data, size, pc); }
  releases(fd, pc);
}

void sends(int fd, const iovec* parts, int count, Pc pc) {
  if (speaks_for_program(pc)) {
    for (int i = 0; i < count; ++i) { library_read(parts[i].iov_base, parts[i].iov_len, pc); }
  }
  releases(fd, pc);
}

// `received`: as the call returned it. Nothing received is the end of the stream: the other side's close is behind us.
ssize_t receives(int fd, void* data, ssize_t received, Pc pc) {
  if (received >= 0) {
    acquires(fd, pc);
    if (speaks_for_program(pc)) { library_write(data, static_cast<std::size_t>(received), pc); }
  }
  return received;
}

ssize_t receives(int fd, const iovec* parts, int count, ssize_t received, Pc pc) {
  if (received >= 0) {
    acquires(fd, pc);
    if (speaks_for_program(pc)) {
      auto left = static_cast<std::size_t>(received);
      for (int i = 0; i < count && left != 0; ++i) {
        const std::size_t part = std::min(left, parts[i].iov_len);
        library_write(parts[i].iov_base, part, pc);
        left -= part;
      }
    }
  }
  return received;
}

int iovec_count(const msghdr* message) { return static_cast<int>(message->msg_iovlen); }

int accepted(int listening, int fd, Pc pc) {
  if (fd >= 0) {
    stands_for(fd, network_object);
    acquires(listening, pc);
  }
  return fd;
}

int duplicated(int old, int fd) {
  if (fd >= 0 && fd != old) { stands_for(fd, object_number(old)); }
  return fd;
}

}  // namespace

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

// ---- writing -------------------------------------------------------------------------------------------

TENTER_INTERPOSE(ssize_t, write, (int fd, const void* data, std::size_t size)) {
  sends(fd, data, size, TENTER_CALLER_PC());
  return REAL(write)(fd, data, size);
}
TENTER_INTERPOSE(ssize_t, pwrite, (int fd, const void* data, std::size_t size, off_t offset)) {
  sends(fd, data, size, TENTER_CALLER_PC());
  return REAL(pwrite)(fd, data, size, offset);
}
TENTER_INTERPOSE(ssize_t, pwrite64, (int fd, const void* data, std::size_t size, off64_t offset)) {
  sends(fd, data, size, TENTER_CALLER_PC());
  return REAL(pwrite64)(fd, data, size, offset);
}
TENTER_INTERPOSE(ssize_t, writev, (int fd, const iovec* parts, int count)) {
  sends(fd, parts, count, TENTER_CALLER_PC());
  return REAL(writev)(fd, parts, count);
}
TENTER_INTERPOSE(ssize_t, send, (int fd, const void* data, std::size_t size, int flags)) {
  sends(fd, data, size, TENTER_CALLER_PC());
  return REAL(send)(fd, data, size, flags);
}
TENTER_INTERPOSE(ssize_t, sendto,
                 (int fd, const void* data, std::size_t size, int flags, const sockaddr* address, socklen_t length)) {
  sends(fd, data, size, TENTER_CALLER_PC());
  return REAL(sendto)(fd, data, size, flags, address, length);
}
TENTER_INTERPOSE(ssize_t, sendmsg, (int fd, const msghdr* message, int flags)) {
  sends(fd, message->msg_iov, iovec_count(message), TENTER_CALLER_PC());
  return REAL(sendmsg)(fd, message, flags);
}
TENTER_INTERPOSE(int, eventfd_write, (int fd, eventfd_t value)) {
  releases(fd, TENTER_CALLER_PC());
  return REAL(eventfd_write)(fd, value);
}

// ---- reading -------------------------------------------------------------------------------------------

TENTER_INTERPOSE(ssize_t, read, (int fd, void* data, std::size_t size)) {
  return receives(fd, data, REAL(read)(fd, data, size), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, pread, (int fd, void* data, std::size_t size, off_t offset)) {
  return receives(fd, data, REAL(pread)(fd, data, size, offset), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, pread64, (int fd, void* data, std::size_t size, off64_t offset)) {
  return receives(fd, data, REAL(pread64)(fd, data, size, offset), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, readv, (int fd, const iovec* parts, int count)) {
  return receives(fd, parts, count, REAL(readv)(fd, parts, count), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, recv, (int fd, void* data, std::size_t size, int flags)) {
  return receives(fd, data, REAL(recv)(fd, data, size, flags), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, recvfrom,
                 (int fd, void* data, std::size_t size, int flags, sockaddr* address, socklen_t* length)) {
  return receives(fd, data, REAL(recvfrom)(fd, data, size, flags, address, length), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, recvmsg, (int fd, msghdr* message, int flags)) {
  const ssize_t received = REAL(recvmsg)(fd, message, flags);
  return receives(fd, message->msg_iov, iovec_count(message), received, TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, eventfd_read, (int fd, eventfd_t* value)) {
  const int result = REAL(eventfd_read)(fd, value);
  if (result == 0) { receives(fd, value, sizeof(eventfd_t), TENTER_CALLER_PC()); }
  return result;
}

// What -D_FORTIFY_SOURCE calls instead.
TENTER_INTERPOSE(ssize_t, __read_chk, (int fd, void* data, std::size_t size, std::size_t room)) {
  return receives(fd, data, REAL(__read_chk)(fd, data, size, room), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, __pread_chk, (int fd, void* data, std::size_t size, off_t offset, std::size_t room)) {
  return receives(fd, data, REAL(__pread_chk)(fd, data, size, offset, room), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, __recv_chk, (int fd, void* data, std::size_t size, std::size_t room, int flags)) {
  return receives(fd, data, REAL(__recv_chk)(fd, data, size, room, flags), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, __recvfrom_chk,
                 (int fd, void* data, std::size_t size, std::size_t room, int flags, sockaddr* address,
                  socklen_t* length)) {
  return receives(fd, data, REAL(__recvfrom_chk)(fd, data, size, room, flags, address, length), TENTER_CALLER_PC());
}

// ---- epoll: from registering a descriptor to being told of it ---------------------------------------------

TENTER_INTERPOSE(int, epoll_ctl, (int fd, int operation, int watched, epoll_event* event)) {
  releases(fd, TENTER_CALLER_PC());
  return REAL(epoll_ctl)(fd, operation, watched, event);
}

namespace {

int reported(int fd, epoll_event* events, int count, Pc pc) {
  if (count > 0) { receives(fd, events, static_cast<ssize_t>(sizeof(epoll_event)) * count, pc); }
  return count;
}

}  // namespace

TENTER_INTERPOSE(int, epoll_wait, (int fd, epoll_event* events, int room, int timeout)) {
  return reported(fd, events, REAL(epoll_wait)(fd, events, room, timeout), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(int, epoll_pwait, (int fd, epoll_event* events, int room, int timeout, const sigset_t* signals)) {
  return reported(fd, events, REAL(epoll_pwait)(fd, events, room, timeout, signals), TENTER_CALLER_PC());
}

}  // namespace tenter::hooks
