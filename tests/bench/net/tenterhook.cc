// An echo server with a task for each connection.
#include <tenter/tenter.h>

#include <array>
#include <cerrno>
#include <thread>

#include "listener.h"

namespace {

void echo(int fd) {
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t n = read(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EAGAIN) {
      tenter::wait_readable(fd);
      continue;
    }
    if (n <= 0) { break; }
    for (ssize_t done = 0; done < n;) {
      const ssize_t written = send(fd, bytes.data() + done, static_cast<std::size_t>(n - done), MSG_NOSIGNAL);
      if (written >= 0) {
        done += written;
      } else if (errno == EAGAIN) {
        tenter::wait_writable(fd);
      } else {
        close(fd);
        return;
      }
    }
  }
  close(fd);
}

}  // namespace

int main() {
  std::thread(&bench::exit_at_end_of_input).detach();
  tenter::run([] {
    const int listener = bench::listen_and_print(SOCK_NONBLOCK);
    for (;;) {
      const int fd = bench::accept_one(listener, SOCK_NONBLOCK);
      if (fd >= 0) {
        tenter::go(echo, fd);
      } else if (errno == EAGAIN) {
        tenter::wait_readable(listener);
      }
    }
  });
}
