// What the echo servers in C++ share: a port of the loopback device, printed, and the end of the process with its input.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace bench {

inline int listen_and_print(int flags) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, plain, size) != 0 || listen(fd, 4096) != 0 || getsockname(fd, plain, &size) != 0) {
    std::perror("listen");
    std::exit(2);
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

inline int accept_one(int listener, int flags) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | flags);
  if (fd >= 0) {
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  return fd;
}

// The one who measures closes our input when enough was measured.
inline void exit_at_end_of_input() {
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {}
  _exit(0);
}

}  // namespace bench
