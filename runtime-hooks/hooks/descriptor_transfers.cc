// What is written to descriptors and read from them. See hooks/descriptors.h.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "hooks/descriptors.h"
#include "hooks/libc_access.h"
#include "hooks/signals.h"

namespace tenter::hooks {

using record::Pc;

namespace {

void received_signals(const void* data, std::size_t size, Pc pc) {
  const auto* signals = static_cast<const signalfd_siginfo*>(data);
  for (std::size_t i = 0; i < size / sizeof *signals; ++i) {
    acquires_signal(static_cast<int>(signals[i].ssi_signo), pc);
  }
}

void sends(int fd, const void* data, std::size_t size, Pc pc) {
  if (speaks_for_program(pc)) { library_read(data, size, pc); }
  releases(fd, pc);
}

void told_parts(const iovec* parts, int count, Pc pc) {
  if (speaks_for_program(pc)) {
    for (int i = 0; i < count; ++i) { library_read(parts[i].iov_base, parts[i].iov_len, pc); }
  }
}
void sends(int fd, const iovec* parts, int count, Pc pc) {
  told_parts(parts, count, pc);
  releases(fd, pc);
}

// `received`: as the call returned it. Nothing received is the end of the stream: the other side's close is behind us.
ssize_t receives(int fd, void* data, ssize_t received, Pc pc) {
  if (received >= 0) {
    acquires(fd, pc);
    told_write(data, static_cast<std::size_t>(received), pc);
    if (is_signal_descriptor(fd)) { received_signals(data, static_cast<std::size_t>(received), pc); }
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

}  // namespace

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
TENTER_INTERPOSE(int, sendmmsg, (int fd, mmsghdr* messages, unsigned count, int flags)) {
  const Pc pc = TENTER_CALLER_PC();
  for (unsigned i = 0; i < count; ++i) {
    told_parts(messages[i].msg_hdr.msg_iov, iovec_count(&messages[i].msg_hdr), pc);
  }
  releases(fd, pc);
  const int sent = REAL(sendmmsg)(fd, messages, count, flags);
  for (int i = 0; i < sent; ++i) { told_result(&messages[i].msg_len, true, pc); }
  return sent;
}
#define TENTER_PWRITEV(function, offset_type)                                                        \
  TENTER_INTERPOSE(ssize_t, function, (int fd, const iovec* parts, int count, offset_type offset)) { \
    sends(fd, parts, count, TENTER_CALLER_PC());                                                     \
    return REAL(function)(fd, parts, count, offset);                                                 \
  }
#define TENTER_PWRITEV2(function, offset_type)                                                                  \
  TENTER_INTERPOSE(ssize_t, function, (int fd, const iovec* parts, int count, offset_type offset, int flags)) { \
    sends(fd, parts, count, TENTER_CALLER_PC());                                                                \
    return REAL(function)(fd, parts, count, offset, flags);                                                     \
  }
TENTER_PWRITEV(pwritev, off_t)
TENTER_PWRITEV(pwritev64, off64_t)
TENTER_PWRITEV2(pwritev2, off_t)
TENTER_PWRITEV2(pwritev64v2, off64_t)
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
TENTER_INTERPOSE(int, recvmmsg, (int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout)) {
  const int received = REAL(recvmmsg)(fd, messages, count, flags, timeout);
  const Pc pc = TENTER_CALLER_PC();
  for (int i = 0; i < received; ++i) {
    const msghdr& message = messages[i].msg_hdr;
    receives(fd, message.msg_iov, iovec_count(&message), messages[i].msg_len, pc);
    told_result(&messages[i].msg_len, true, pc);
  }
  return received;
}
#define TENTER_PREADV(function, offset_type)                                                         \
  TENTER_INTERPOSE(ssize_t, function, (int fd, const iovec* parts, int count, offset_type offset)) { \
    return receives(fd, parts, count, REAL(function)(fd, parts, count, offset), TENTER_CALLER_PC()); \
  }
#define TENTER_PREADV2(function, offset_type)                                                                   \
  TENTER_INTERPOSE(ssize_t, function, (int fd, const iovec* parts, int count, offset_type offset, int flags)) { \
    return receives(fd, parts, count, REAL(function)(fd, parts, count, offset, flags), TENTER_CALLER_PC());     \
  }
TENTER_PREADV(preadv, off_t)
TENTER_PREADV(preadv64, off64_t)
TENTER_PREADV2(preadv2, off_t)
TENTER_PREADV2(preadv64v2, off64_t)
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
TENTER_INTERPOSE(ssize_t, __pread64_chk, (int fd, void* data, std::size_t size, off64_t offset, std::size_t room)) {
  return receives(fd, data, REAL(__pread64_chk)(fd, data, size, offset, room), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, __recv_chk, (int fd, void* data, std::size_t size, std::size_t room, int flags)) {
  return receives(fd, data, REAL(__recv_chk)(fd, data, size, room, flags), TENTER_CALLER_PC());
}
TENTER_INTERPOSE(ssize_t, __recvfrom_chk,
                 (int fd, void* data, std::size_t size, std::size_t room, int flags, sockaddr* address,
                  socklen_t* length)) {
  return receives(fd, data, REAL(__recvfrom_chk)(fd, data, size, room, flags, address, length), TENTER_CALLER_PC());
}

// ---- from one descriptor to another ------------------------------------------------------------------------

namespace {

// What came over `from` is on its way over `to`.
ssize_t moved(int from, int to, ssize_t size, Pc pc) {
  if (size >= 0) {
    acquires(from, pc);
    releases(to, pc);
  }
  return size;
}

}  // namespace

// The release comes before, too: whoever reads what is moved may be faster than this thread comes back.
#define TENTER_SENDFILE(function, offset_type)                                                     \
  TENTER_INTERPOSE(ssize_t, function, (int to, int from, offset_type* offset, std::size_t size)) { \
    const Pc pc = TENTER_CALLER_PC();                                                              \
    releases(to, pc);                                                                              \
    const ssize_t done = REAL(function)(to, from, offset, size);                                   \
    told_result(offset, done >= 0, pc);                                                            \
    return moved(from, to, done, pc);                                                              \
  }
TENTER_SENDFILE(sendfile, off_t)
TENTER_SENDFILE(sendfile64, off64_t)

TENTER_INTERPOSE(ssize_t, splice,
                 (int from, off64_t* from_offset, int to, off64_t* to_offset, std::size_t size, unsigned flags)) {
  const Pc pc = TENTER_CALLER_PC();
  releases(to, pc);
  return moved(from, to, REAL(splice)(from, from_offset, to, to_offset, size, flags), pc);
}
TENTER_INTERPOSE(ssize_t, tee, (int from, int to, std::size_t size, unsigned flags)) {
  const Pc pc = TENTER_CALLER_PC();
  releases(to, pc);
  return moved(from, to, REAL(tee)(from, to, size, flags), pc);
}
TENTER_INTERPOSE(ssize_t, vmsplice, (int fd, const iovec* parts, std::size_t count, unsigned flags)) {
  sends(fd, parts, static_cast<int>(count), TENTER_CALLER_PC());
  return REAL(vmsplice)(fd, parts, count, flags);
}

// ---- descriptors that tell of other things -------------------------------------------------------------------

TENTER_INTERPOSE(int, timerfd_settime, (int fd, int flags, const itimerspec* wanted, itimerspec* before)) {
  const Pc pc = TENTER_CALLER_PC();
  told_read(wanted, sizeof *wanted, pc);
  releases(fd, pc);
  const int result = REAL(timerfd_settime)(fd, flags, wanted, before);
  told_result(before, result == 0, pc);
  return result;
}
TENTER_INTERPOSE(int, signalfd, (int fd, const sigset_t* signals, int flags)) {
  const int made = REAL(signalfd)(fd, signals, flags);
  if (made >= 0) { delivers_signals(made); }
  return made;
}

}  // namespace tenter::hooks
