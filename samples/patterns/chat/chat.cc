// A chat server over sockets: two tasks for each member, one that reads and one that writes, and a hub that knows who is there.
#include <tenter/tenter.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace {

// A non-blocking socket, closed with its last user.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    if (fd < 0) { throw std::system_error(errno, std::generic_category(), "socket"); }
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(fd_); }
  int fd() const { return fd_; }

  // Nothing at the end.
  std::optional<std::string> read_line() {
    for (;;) {
      if (const std::size_t end = read_.find('\n'); end != std::string::npos) {
        std::string line = read_.substr(0, end);
        read_.erase(0, end + 1);
        return line;
      }
      std::array<char, 256> piece;
      const ssize_t n = read(fd_, piece.data(), piece.size());
      if (n > 0) {
        read_.append(piece.data(), static_cast<std::size_t>(n));
      } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        return std::nullopt;
      } else {
        tenter::wait_readable(fd_);  // other tasks run meanwhile
      }
    }
  }
  void write_line(const std::string& line) {
    const std::string text = line + "\n";
    for (std::string_view rest = text; !rest.empty();) {
      const ssize_t n = send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n >= 0) {
        rest.remove_prefix(static_cast<std::size_t>(n));
      } else if (errno != EAGAIN && errno != EINTR) {
        return;  // the reader notices, too
      } else {
        tenter::wait_writable(fd_);
      }
    }
  }

 private:
  const int fd_;
  std::string read_;
};

sockaddr_in loopback(in_port_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = port;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

struct Member {
  std::string name;
  tenter::Chan<std::string> lines;
};

class ChatServer {
 public:
  ChatServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_.fd(), plain, size) != 0 || listen(listener_.fd(), SOMAXCONN) != 0 ||
        getsockname(listener_.fd(), plain, &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "listen");
    }
    port_ = address.sin_port;
    tasks_.go({.name = "hub"}, [this] { keep_hub(); });
    tasks_.go({.name = "accept"}, [this] { accept_all(); });
  }
  in_port_t port() const { return port_; }
  void shut_down() {
    shutdown(listener_.fd(), SHUT_RDWR);
    tasks_.wait();
  }

 private:
  // The only task that knows the members: no lock.
  void keep_hub() {
    std::map<std::string, tenter::Chan<std::string>> members;
    const auto tell_all = [&](const std::string& line) {
      for (const auto& [name, lines] : members) { (void)lines.try_send(line); }  // who does not read misses it
    };
    for (bool open = true; open;) {
      tenter::select(tenter::on_recv(joins_,
                                     [&](Member member) {
                                       members[member.name] = member.lines;
                                       tell_all("* " + member.name + " is here");
                                     }),
                     tenter::on_recv(said_, [&](std::string line) { tell_all(line); }),
                     tenter::on_recv(leaves_,
                                     [&](std::string name) {
                                       members[name].close();
                                       members.erase(name);
                                       tell_all("* " + name + " has left");
                                     }),
                     tenter::on_recv(closed_, [&] { open = false; }));
    }
  }
  void accept_all() {
    tenter::WaitGroup connections;
    for (;;) {
      const int fd = accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        connections.go({.name = "member"}, [this, socket = std::make_shared<Socket>(fd)] { serve(socket); });
      } else if (errno == EAGAIN) {
        tenter::wait_readable(listener_.fd());
      } else if (errno == EINVAL) {
        break;  // shut down
      }
    }
    connections.wait();
    closed_.close();
  }
  void serve(const std::shared_ptr<Socket>& socket) {
    const auto name = socket->read_line();
    if (!name) { return; }
    const auto lines = tenter::make_chan<std::string>(16);
    tenter::WaitGroup writer;
    writer.go({.name = "writer"}, [=] {
      for (const std::string& line : lines) { socket->write_line(line); }
    });
    joins_.send({*name, lines});
    while (const auto line = socket->read_line()) { said_.send(*name + ": " + *line); }
    leaves_.send(*name);
    writer.wait();
  }

  Socket listener_;
  in_port_t port_ = 0;
  tenter::WaitGroup tasks_;
  const tenter::Chan<Member> joins_ = tenter::make_chan<Member>();
  const tenter::Chan<std::string> said_ = tenter::make_chan<std::string>();
  const tenter::Chan<std::string> leaves_ = tenter::make_chan<std::string>();
  const tenter::Chan<tenter::Unit> closed_ = tenter::make_chan<tenter::Unit>();
};

std::unique_ptr<Socket> join(in_port_t port, const std::string& name) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  auto client = std::make_unique<Socket>(fd);
  client->write_line(name);
  std::printf("%s hears: %s\n", name.c_str(), client->read_line().value_or("nothing").c_str());
  return client;
}

}  // namespace

int main() {
  return tenter::run([] {
    ChatServer server;
    const auto anna = join(server.port(), "anna");
    auto bela = join(server.port(), "bela");
    std::printf("anna hears: %s\n", anna->read_line().value_or("nothing").c_str());
    bela->write_line("hello");
    std::printf("anna hears: %s\n", anna->read_line().value_or("nothing").c_str());
    bela.reset();
    std::printf("anna hears: %s\n", anna->read_line().value_or("nothing").c_str());
    shutdown(anna->fd(), SHUT_WR);
    server.shut_down();
  });
}
