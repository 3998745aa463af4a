// Waiting for descriptors: sockets, pipes, terminals, eventfds. A task that waits for one lets its worker run others, so
// a server has a task for each connection, written as if it were alone.
//
//   // `fd` was made non-blocking: fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
//   ssize_t read_some(int fd, char* buffer, size_t size) {
//     for (;;) {
//       const ssize_t n = read(fd, buffer, size);
//       if (n >= 0 || errno != EAGAIN) return n;
//       wait_readable(fd);
//     }
//   }
//
// "Ready" is what poll(2) calls so: the next read or write would not wait. An end of file, a hang-up and an error are
// ready too, and the read or write says which it is. By the time it is called another task may have taken what was there,
// so the descriptor should be non-blocking.
//
// Any number of tasks and threads may wait for one descriptor, for both directions, and all of them are woken. What always
// is ready, such as a regular file, is ready at once. An ordinary thread blocks in poll(2).
//
// Do not close a descriptor while others wait for it: shutdown(2) wakes them at once. If it is closed all the same, the
// tasks that wait for it get the error below, as soon as that is noticed: at the next wait for the same number, or after
// some tenths of a second with a worker idle. A thread that blocks in poll(2) does not notice.
//
// A wait for a descriptor orders nothing by itself. It needs no thread: an idle worker sleeps in epoll_wait(2).
#pragma once
#include <optional>

#include <tenter/task.h>

namespace tenter {

// Waits until `fd` can be read from, or has come to its end. False: the deadline came first, by the clock of now(). With
// one that has passed it only looks. Throws std::system_error if the descriptor is not open (EBADF), or cannot be waited for.
bool wait_readable(int fd, std::optional<TimePoint> deadline = {});

// Waits until `fd` can be written to, or never again. Otherwise as wait_readable.
bool wait_writable(int fd, std::optional<TimePoint> deadline = {});

}  // namespace tenter
