// Accesses that nothing orders.
// pairs: etcd_4876 etcd_9446 grpc_3090 istio_16742 kubernetes_49404 kubernetes_77796 kubernetes_79631 kubernetes_89164 kubernetes_70892 moby_27037
#include <map>
#include <string>
#include <vector>

#include "pair.h"

using tenter::Mutex;
using tenter::RWMutex;
using tenter::WaitGroup;

// A test sets the interval that a task of the server, a task's task, reads.
namespace etcd_4876 {
int interval = 100;
int half = 0;
// expect: data-race object=interval
void wrong() {
  WaitGroup over;
  over.go([&] { over.go([] { half = interval / 2; }); });  // <- here
  interval = 1;                                            // <- here
  over.wait();
}
void mended() {
  WaitGroup over;
  interval = 1;
  over.go([&] { over.go([] { half = interval / 2; }); });
  over.wait();
}
}  // namespace etcd_4876

// A buffer is cleared while it is looked through, and read without the lock.
namespace etcd_9446 {
struct Buffer {
  std::vector<int> keys = {1, 2, 3};
  std::size_t used = 3;
};
// expect: data-race+
void wrong() {
  static Buffer buffer;
  WaitGroup over;
  over.go([] { buffer.used = 0; });           // <- here
  over.go([] { (void)(buffer.used == 0); });  // <- here
  over.wait();
}
void mended() {
  Buffer buffer;
  Mutex guard;
  WaitGroup over;
  const auto clear = [&] {
    const std::lock_guard lock(guard);
    buffer.used = 0;
  };
  over.go(clear);
  over.go(clear);
  over.wait();
}
}  // namespace etcd_9446

// What is being built calls back before it is assigned, and the callback's task reads it.
namespace grpc_3090 {
struct Wrapper {
  Mutex guard;
  int resolver = 0;
};
int build(Wrapper& wrapper, WaitGroup& over) {
  over.go([&wrapper] {
    const std::lock_guard lock(wrapper.guard);
    if (wrapper.resolver == 0) return;  // <- here
  });
  return 1;
}
// expect: data-race
void wrong() {
  static Wrapper wrapper;
  WaitGroup over;
  wrapper.resolver = build(wrapper, over);  // <- here
  over.wait();
}
void mended() {
  Wrapper wrapper;
  WaitGroup over;
  {
    const std::lock_guard lock(wrapper.guard);
    wrapper.resolver = build(wrapper, over);
  }
  over.wait();
}
}  // namespace grpc_3090

// The lock is of the registry; what stands in it is changed under nobody's.
namespace istio_16742 {
struct Element {
  int labels = 0;
};
struct Registry {
  RWMutex guard;
  Element element;
};
// expect: data-race
void wrong() {
  Registry registry;
  WaitGroup over;
  over.go([&] {
    const std::shared_lock lock(registry.guard);
    registry.element.labels = 1;  // <- here
  });
  over.go([&] {
    Element* mine = nullptr;
    {
      const std::shared_lock lock(registry.guard);
      mine = &registry.element;
    }
    if (mine->labels == 0) return;  // <- here
  });
  over.wait();
}
void mended() {
  Registry registry;
  WaitGroup over;
  over.go([&] {
    const std::lock_guard lock(registry.guard);
    registry.element.labels = 1;
  });
  over.go([&] {
    const std::shared_lock lock(registry.guard);
    if (registry.element.labels == 0) return;
  });
  over.wait();
}
}  // namespace istio_16742

// A handler, two tasks away, says that it was called; the test looks without waiting for it.
namespace kubernetes_49404 {
// expect: data-race
void wrong() {
  static bool called;
  WaitGroup accepted;
  accepted.go([] { tenter::go([] { called = true; }); });  // <- here
  accepted.wait();
  if (called) return;  // <- here
  let_others_run();
}
void mended() {
  static bool called;
  WaitGroup accepted;
  accepted.go([&] { accepted.go([] { called = true; }); });
  accepted.wait();
  if (called) return;
}
}  // namespace kubernetes_49404

// The buffer is looked through after the lock that it is reset under.
namespace kubernetes_77796 {
struct Cacher {
  Mutex guard;
  int watchers = 0;
  int start() {
    const std::lock_guard lock(guard);
    return watchers = 1;  // <- here
  }
  int dispatch() {
    start();
    return watchers;  // <- here
  }
};
// expect: data-race
void wrong() {
  static Cacher cacher;
  WaitGroup over;
  for (int i = 0; i < 3; ++i) over.go([] { cacher.dispatch(); });
  over.wait();
}
void mended() {
  static Cacher cacher;
  WaitGroup over;
  for (int i = 0; i < 3; ++i) over.go([] { cacher.start(); });
  over.wait();
}
}  // namespace kubernetes_77796

// A queue is flushed under its lock, and looked into without.
namespace kubernetes_79631 {
struct Queue {
  Mutex guard;
  std::map<int, int> items = {{1, 1}};
};
// expect: data-race+
// allow: use-after-free-race
void wrong() {
  static Queue queue;
  WaitGroup over;
  over.go([] {
    const std::lock_guard lock(queue.guard);
    queue.items.erase(1);  // <- here
  });
  queue.items.find(1);  // <- here
  over.wait();
}
void mended() {
  static Queue queue;
  WaitGroup over;
  over.go([] {
    const std::lock_guard lock(queue.guard);
    queue.items.erase(1);
  });
  {
    const std::lock_guard lock(queue.guard);
    queue.items.find(1);
  }
  over.wait();
}
}  // namespace kubernetes_79631

// As before, one task after the other; the race is with the first, which nobody waits for.
namespace kubernetes_89164 {
// expect: data-race
void wrong() {
  static kubernetes_77796::Cacher cacher;
  tenter::go([] { cacher.dispatch(); });
  for (int i = 0; i < 2; ++i) {
    WaitGroup one;
    one.go([] { cacher.dispatch(); });
    one.wait();
  }
  let_others_run();
}
void mended() {
  static kubernetes_77796::Cacher cacher;
  for (int i = 0; i < 3; ++i) {
    WaitGroup one;
    one.go([] { cacher.dispatch(); });
    one.wait();
  }
}
}  // namespace kubernetes_89164

// Each piece of work goes through all of them, and writes every result.
namespace kubernetes_70892 {
// expect: data-race
void wrong() {
  std::vector<int> results(2);
  WaitGroup over;
  for (std::size_t piece = 0; piece < results.size(); ++piece) {
    over.go([&] {
      for (std::size_t i = 0; i < 2; ++i) results.data()[i] = 1;  // <- here
    });
  }
  over.wait();
}
void mended() {
  std::vector<int> results(2);
  WaitGroup over;
  for (std::size_t piece = 0; piece < results.size(); ++piece) {
    over.go([&results, piece] { results.data()[piece] = 1; });
  }
  over.wait();
}
}  // namespace kubernetes_70892

// Each task reads the loop's own variable.
namespace moby_27037 {
// expect: data-race
void wrong() {
  int sum[4] = {};
  WaitGroup over;
  int i = 0;
  for (i = 0; i < 3; ++i) {        // <- here
    over.go([&] { sum[i] = 0; });  // <- here
  }
  over.wait();
}
void mended() {
  int sum[4] = {};
  WaitGroup over;
  for (int i = 0; i < 3; ++i) {
    over.go([&sum, i] { sum[i] = 0; });
  }
  over.wait();
}
}  // namespace moby_27037

int main(int count, char** words) {
  return run_pair(count, words,
                  {PAIR(etcd_4876), PAIR(etcd_9446), PAIR(grpc_3090), PAIR(istio_16742), PAIR(kubernetes_49404),
                   PAIR(kubernetes_77796), PAIR(kubernetes_79631), PAIR(kubernetes_89164), PAIR(kubernetes_70892),
                   PAIR(moby_27037)});
}
