// The load of an echo server: many connections, each with one request of 64 bytes under way at a time, driven by one thread.
//
//   load PORT CONNECTIONS REQUESTS      prints one JSON line: requests, seconds, and percentiles of one answer's microseconds
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t request_size = 64;

struct Connection {
  int fd = -1;
  std::size_t received = 0;
  Clock::time_point sent;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: load PORT CONNECTIONS REQUESTS\n", stderr);
    return 2;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::vector<Connection> connections(static_cast<std::size_t>(std::atoi(argv[2])));
  const long requests = std::atol(argv[3]);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < connections.size(); ++i) {
    Connection& connection = connections[i];
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) { die("connect"); }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, connection.fd, &event) != 0) { die("epoll_ctl"); }
  }

  std::array<char, request_size> bytes{};
  std::vector<float> microseconds;
  microseconds.reserve(static_cast<std::size_t>(requests));
  long sent = 0;
  const auto send_one = [&](Connection& connection) {
    connection.received = 0;
    connection.sent = Clock::now();
    if (send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) {
      die("send");
    }
    ++sent;
  };
  const auto start = Clock::now();
  for (Connection& connection : connections) { send_one(connection); }
  std::array<epoll_event, 256> events;
  while (microseconds.size() < static_cast<std::size_t>(sent)) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      Connection& connection = connections[events[static_cast<std::size_t>(i)].data.u64];
      const ssize_t n = recv(connection.fd, bytes.data(), bytes.size(), 0);
      if (n <= 0) { die("recv"); }
      connection.received += static_cast<std::size_t>(n);
      if (connection.received < request_size) { continue; }
      microseconds.push_back(std::chrono::duration<float, std::micro>(Clock::now() - connection.sent).count());
      if (sent < requests) { send_one(connection); }
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::sort(microseconds.begin(), microseconds.end());
  const auto percentile = [&](double part) {
    return static_cast<double>(
        microseconds[static_cast<std::size_t>(part * static_cast<double>(microseconds.size() - 1))]);
  };
  std::printf("{\"requests\": %zu, \"seconds\": %.6f, \"p50\": %.1f, \"p99\": %.1f}\n", microseconds.size(), seconds,
              percentile(0.5), percentile(0.99));
  for (const Connection& connection : connections) { close(connection.fd); }
}
