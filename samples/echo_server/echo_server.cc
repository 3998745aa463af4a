// A server that sends every byte back: one task for each connection, written as if it were alone.
//
//   echo_server [PORT [IDLE_MILLISECONDS]]      port 0, the default: any that is free; it is printed
//
// SIGINT or SIGTERM ends it: nobody new is let in, and those who are there get their answers before they are let go.
#include <tenter/tenter.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A descriptor that is closed at the end.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) { close(fd_); }
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Nothing: the other side has finished, was silent for too long, or is gone.
std::optional<std::string_view> read_some(const Socket& socket, std::array<char, 4096>& buffer, milliseconds patience) {
  const auto deadline = tenter::now() + patience;
  for (;;) {
    const ssize_t n = read(socket.fd(), buffer.data(), buffer.size());
    if (n > 0) { return std::string_view(buffer.data(), static_cast<std::size_t>(n)); }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) { return std::nullopt; }
    if (!tenter::wait_readable(socket.fd(), deadline)) { return std::nullopt; }
  }
}

bool write_all(const Socket& socket, std::string_view bytes, milliseconds patience) {
  const auto deadline = tenter::now() + patience;
  while (!bytes.empty()) {
    const ssize_t n = send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno != EAGAIN && errno != EINTR) {
      return false;
    } else if (!tenter::wait_writable(socket.fd(), deadline)) {
      return false;
    }
  }
  return true;
}

class EchoServer {
 public:
  EchoServer(std::uint16_t port, milliseconds patience)
      : patience_(patience), listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    if (listener_.fd() < 0) { throw_errno("socket"); }
    const int yes = 1;
    setsockopt(listener_.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_.fd(), plain, size) != 0 || listen(listener_.fd(), SOMAXCONN) != 0 ||
        getsockname(listener_.fd(), plain, &size) != 0) {
      throw_errno("port " + std::to_string(port));
    }
    port_ = ntohs(address.sin_port);
  }
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;

  std::uint16_t port() const { return port_; }
  long served() const { return served_; }

  // Returns at once. The channel is closed when everybody has left after shut_down(); until then the server must live.
  tenter::RecvChan<tenter::Unit> serve() {
    const auto everybody_left = tenter::make_chan<tenter::Unit>();
    tenter::go({.name = "accept"}, [this, everybody_left] {
      accept_all();
      connections_.wait();
      everybody_left.close();
    });
    return everybody_left;
  }

  // shutdown(2) wakes whoever waits for the descriptor; what arrived before can still be read.
  void shut_down() {
    const std::lock_guard guard(mutex_);
    shutting_down_ = true;
    shutdown(listener_.fd(), SHUT_RDWR);
    for (const int fd : open_) { shutdown(fd, SHUT_RD); }
  }

 private:
  void accept_all() {
    for (;;) {
      Socket connection(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (connection.fd() >= 0) {
        if (!enter(connection)) { return; }
        connections_.go({.name = "connection"}, [this, taken = std::move(connection)] {
          echo(taken);
          leave(taken);
        });
        continue;
      }
      switch (errno) {
        case EAGAIN: tenter::wait_readable(listener_.fd()); break;
        case EINVAL: return;  // it was shut down
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM: tenter::sleep_for(10ms); break;  // until somebody leaves
        default: break;                               // that one client was gone before it was let in
      }
    }
  }

  void echo(const Socket& connection) {
    std::array<char, 4096> buffer;
    while (const auto bytes = read_some(connection, buffer, patience_)) {
      if (!write_all(connection, *bytes, patience_)) { return; }
    }
  }

  bool enter(const Socket& connection) {
    const std::lock_guard guard(mutex_);
    if (shutting_down_) { return false; }
    open_.insert(connection.fd());
    ++served_;
    return true;
  }
  void leave(const Socket& connection) {
    const std::lock_guard guard(mutex_);
    open_.erase(connection.fd());
  }

  const milliseconds patience_;
  const Socket listener_;
  std::uint16_t port_ = 0;
  tenter::WaitGroup connections_;
  tenter::Mutex mutex_;
  bool shutting_down_ = false;  // these two are guarded by mutex_
  std::set<int> open_;
  std::atomic<long> served_{0};
};

int serve_until_signal(std::uint16_t port, milliseconds patience) {
  const auto stop = tenter::signals({SIGINT, SIGTERM});
  EchoServer server(port, patience);
  const auto everybody_left = server.serve();
  std::printf("listening on 127.0.0.1:%d\n", server.port());
  std::fflush(stdout);

  const int number = stop.recv().value();
  std::printf("signal %d: shutting down\n", number);
  server.shut_down();
  int code = 1;
  tenter::select(tenter::on_recv(everybody_left, [&] { code = 0; }),
                 tenter::on_recv(stop, [] { std::puts("a second signal: leaving at once"); }),
                 tenter::on_recv(tenter::after(10s), [] { std::puts("some clients do not leave"); }));
  std::printf("%ld connections served\n", server.served());
  std::fflush(stdout);
  if (code != 0) { std::_Exit(code); }  // tasks still use the server
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0);
  const milliseconds patience(argc > 2 ? std::atoi(argv[2]) : 30'000);
  return tenter::run([&] { return serve_until_signal(port, patience); });
}
