// An echo server with a thread for each connection.
#include <array>
#include <thread>

#include "listener.h"

namespace {

void echo(int fd) {
  std::array<char, 4096> bytes;
  for (;;) {
    const ssize_t n = read(fd, bytes.data(), bytes.size());
    if (n <= 0 || send(fd, bytes.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL) != n) { break; }
  }
  close(fd);
}

}  // namespace

int main() {
  std::thread(&bench::exit_at_end_of_input).detach();
  const int listener = bench::listen_and_print(0);
  for (;;) {
    const int fd = bench::accept_one(listener, 0);
    if (fd >= 0) { std::thread(echo, fd).detach(); }
  }
}
