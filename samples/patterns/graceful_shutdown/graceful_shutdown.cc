// A server answers requests until it is told to stop, and then finishes what it has taken.
#include <tenter/tenter.h>

#include <cstdio>

namespace {

class Server {
 public:
  Server() {
    serving_.go({.name = "server"}, [this] { serve(); });
  }
  tenter::SendChan<int> requests() const { return requests_; }
  // Returns when the last request is answered.
  int shut_down() {
    done_.close();
    serving_.wait();
    return served_;
  }

 private:
  void serve() {
    tenter::WaitGroup answering;
    for (bool open = true; open;) {
      tenter::select(tenter::on_recv(requests_,
                                     [&](int) {
                                       ++served_;
                                       answering.go({.name = "answer"}, [] { tenter::yield(); });
                                     }),
                     tenter::on_recv(done_, [&] { open = false; }));
    }
    answering.wait();
  }

  const tenter::Chan<int> requests_ = tenter::make_chan<int>();
  const tenter::Chan<tenter::Unit> done_ = tenter::make_chan<tenter::Unit>();
  tenter::WaitGroup serving_;
  int served_ = 0;  // the server's alone until it has ended
};

}  // namespace

int main() {
  return tenter::run([] {
    Server server;
    const auto requests = server.requests();
    for (int i = 0; i < 5; ++i) { requests.send(i); }
    std::printf("%d requests served, none lost\n", server.shut_down());
  });
}
