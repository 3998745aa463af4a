// A bounded load for an HTTP server: a number of threads, each with a number of requests, one connection a request.
// Every answer is read to its end and checked. It is built without instrumentation: only the server is recorded.
//
//   http_load 127.0.0.1 8080 4 250        4 threads, 250 requests each; exit code 1 where an answer was wrong
//   http_load --free-port                 prints a port of 127.0.0.1 that nobody listens on now
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Request {
  const char* text;
  const char* status;     // what the answer must begin with
  std::size_t body_size;  // 0: any
};

// The documents are made by asio_server.sh; the last three requests take the server's other paths.
constexpr Request requests[] = {
    {"GET /index.html HTTP/1.0\r\nHost: localhost\r\n\r\n", "HTTP/1.0 200 OK", 1000},
    {"GET /large.txt HTTP/1.0\r\nHost: localhost\r\nAccept: */*\r\n\r\n", "HTTP/1.0 200 OK", 60000},
    {"GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK", 1000},
    {"GET /missing.html HTTP/1.0\r\nHost: localhost\r\n\r\n", "HTTP/1.0 404 Not Found", 0},
    {"GET /..%2fsecret HTTP/1.0\r\n\r\n", "HTTP/1.0 400 Bad Request", 0},
    {"BROKEN\x01REQUEST\r\n\r\n", "HTTP/1.0 400 Bad Request", 0},
};

sockaddr_in address_of(const char* host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
    std::fprintf(stderr, "http_load: '%s' is no IPv4 address.\n", host);
    std::exit(2);
  }
  return address;
}

int connect_to(const sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const timeval patience{120, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

bool serve_listens(const sockaddr_in& address, Clock::time_point deadline) {
  while (Clock::now() < deadline) {
    const int fd = connect_to(address);
    if (fd >= 0) {
      close(fd);
      return true;
    }
    usleep(20'000);  // a program that starts under a detector takes its time; ask again until the deadline
  }
  return false;
}

bool ask(const sockaddr_in& address, const Request& request, std::size_t& bytes) {
  const int fd = connect_to(address);
  if (fd < 0) return false;
  const std::size_t length = std::strlen(request.text);
  std::string answer;
  bool good = send(fd, request.text, length, MSG_NOSIGNAL) == static_cast<ssize_t>(length);
  char buffer[16384];
  while (good) {
    const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got == 0) break;
    // The server closes at once after a bad request, perhaps with bytes unread: a reset then ends the answer.
    if (got < 0) {
      good = errno == ECONNRESET && !answer.empty();
      break;
    }
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  close(fd);
  bytes += answer.size();
  const std::size_t head = answer.find("\r\n\r\n");
  if (!good || head == std::string::npos || answer.compare(0, std::strlen(request.status), request.status) != 0)
    return false;
  return request.body_size == 0 || answer.size() - head - 4 == request.body_size;
}

int print_free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = address_of("127.0.0.1", 0);
  socklen_t size = sizeof address;
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("http_load: no free port");
    return 2;
  }
  std::printf("%d\n", ntohs(address.sin_port));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--free-port") == 0) return print_free_port();
  if (argc != 5) {
    std::fprintf(stderr, "usage: http_load HOST PORT THREADS REQUESTS_PER_THREAD\n");
    return 2;
  }
  const sockaddr_in address = address_of(argv[1], std::atoi(argv[2]));
  const int threads = std::atoi(argv[3]);
  const int count = std::atoi(argv[4]);
  if (!serve_listens(address, Clock::now() + std::chrono::seconds(120))) {
    std::fprintf(stderr, "http_load: nobody listens on %s:%s.\n", argv[1], argv[2]);
    return 2;
  }
  std::atomic<int> wrong{0};
  std::atomic<std::size_t> total_bytes{0};
  const auto start = Clock::now();
  std::vector<std::thread> clients;
  for (int client = 0; client < threads; ++client) {
    clients.emplace_back([&, client] {
      std::size_t bytes = 0;
      for (int i = 0; i < count; ++i) {
        const Request& request = requests[static_cast<std::size_t>(i + client) % std::size(requests)];
        if (!ask(address, request, bytes)) ++wrong;
      }
      total_bytes += bytes;
    });
  }
  for (auto& client : clients) client.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("%d answers, %d wrong, %zu bytes, %.3f s, %.0f answers/s\n", threads * count, wrong.load(),
              total_bytes.load(), seconds, threads * count / seconds);
  return wrong.load() == 0 ? 0 : 1;
}
