// Locks that a task takes again while it holds them, or goes away with.
// pairs: etcd_5509 grpc_795 hugo_5379 moby_36114 syncthing_4829
#include "pair.h"

using tenter::Mutex;
using tenter::Once;
using tenter::RWMutex;
using tenter::WaitGroup;

// A client is looked at under a read lock, and whoever finds it closed returns with the lock. Had that been between the
// two locks of close(), it would have waited for ever; here it came late, and nothing happened.
namespace etcd_5509 {
struct Client {
  RWMutex guard;
  bool is_closed = false;
  void close() {
    guard.lock();
    is_closed = true;
    guard.unlock();
    guard.lock();
    guard.unlock();
  }
};
// expect: lock-left-held certainty=observed
void wrong() {
  static Client client;
  WaitGroup over;
  over.go([] {
    for (;;) {
      client.guard.lock_shared();  // <- here
      if (client.is_closed) return;
      client.guard.unlock_shared();
      tenter::yield();
    }
  });
  client.close();
  over.wait();
}
void mended() {
  static Client client;
  WaitGroup over;
  over.go([] {
    for (;;) {
      const std::shared_lock lock(client.guard);
      if (client.is_closed) return;
      tenter::yield();
    }
  });
  client.close();
  over.wait();
}
}  // namespace etcd_5509

// graceful_stop() leaves with the lock, and is called again.
namespace grpc_795 {
struct Server {
  Mutex guard;
  bool drains = false;
  void serve() {
    const std::lock_guard lock(guard);
    drains = false;
  }
};
// expect: deadlock certainty=observed
// exit: 2
void wrong() {
  Server server;
  WaitGroup over;
  over.go([&] { server.serve(); });
  over.wait();
  const auto graceful_stop = [&] {
    server.guard.lock();  // <- here
    server.drains = true;
  };
  for (int i = 0; i < 3; ++i) graceful_stop();
}
void mended() {
  Server server;
  WaitGroup over;
  over.go([&] { server.serve(); });
  const auto graceful_stop = [&] {
    const std::lock_guard lock(server.guard);
    server.drains = true;
  };
  for (int i = 0; i < 3; ++i) graceful_stop();
  over.wait();
}
}  // namespace grpc_795

// A page is rendered once, by a helper that is given a time. The helper renders under a lock, comes back to the same page, and to
// its content, which wants that lock, too.
namespace hugo_5379 {
struct Page {
  Once initialized, rendered;
  Mutex shortcodes;
  void content() {
    rendered.call([&] { const std::lock_guard lock(shortcodes); });  // <- here
  }
};
// expect: deadlock certainty=observed
// allow: task-leak
// exit: 2
void wrong() {
  Page page;
  const auto initialize = [&] {
    page.initialized.call([&] {
      auto done = tenter::make_chan<tenter::Unit>(1);
      tenter::go([&page, done] {
        const std::lock_guard lock(page.shortcodes);
        page.initialized.call([] {});  // busy until the time is over
        page.content();
        done.send({});
      });
      tenter::select(tenter::on_recv(done), tenter::on_recv(tenter::after(std::chrono::milliseconds(1))));
    });
    page.content();
  };
  WaitGroup renderers;
  for (int i = 0; i < 2; ++i) renderers.go(initialize);
  renderers.wait();
}
void mended() {
  Page page;
  const auto initialize = [&] {
    page.initialized.call([&] {
      auto done = tenter::make_chan<tenter::Unit>(1);
      tenter::go([&page, done] {
        { const std::lock_guard lock(page.shortcodes); }
        done.send({});
      });
      done.recv();
    });
    page.content();
  };
  WaitGroup renderers;
  for (int i = 0; i < 2; ++i) renderers.go(initialize);
  renderers.wait();
  wait_for_all();
}
}  // namespace hugo_5379

// One method locks and calls another that locks.
namespace moby_36114 {
struct Service {
  Mutex guard;
  int size = 0;
  void hot_add() {
    const std::lock_guard lock(guard);  // <- here
    resize();
  }
  void resize() {
    const std::lock_guard lock(guard);  // <- here
    resize_locked();
  }
  void resize_locked() { ++size; }
};
// expect: double-lock certainty=observed
void wrong() {
  static Service service;
  tenter::go([] { service.hot_add(); });
  let_others_run();
}
void mended() {
  Service service;
  WaitGroup over;
  over.go([&] {
    const std::lock_guard lock(service.guard);
    service.resize_locked();
  });
  over.wait();
}
}  // namespace moby_36114

// Addresses are cleared under the write lock, and whoever wants to know of it reads them.
namespace syncthing_4829 {
struct Mapping {
  RWMutex guard;
  int addresses = 1;
  int count() {
    const std::shared_lock lock(guard);  // <- here
    return addresses;
  }
};
// expect: deadlock certainty=observed
// exit: 2
void wrong() {
  Mutex service;
  Mapping mapping;
  const std::lock_guard outer(service);
  const std::lock_guard lock(mapping.guard);
  mapping.addresses = 0;
  mapping.count();
}
void mended() {
  Mutex service;
  Mapping mapping;
  const std::lock_guard outer(service);
  {
    const std::lock_guard lock(mapping.guard);
    mapping.addresses = 0;
  }
  mapping.count();
}
}  // namespace syncthing_4829

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(etcd_5509), PAIR(grpc_795), PAIR(hugo_5379), PAIR(moby_36114), PAIR(syncthing_4829)});
}
