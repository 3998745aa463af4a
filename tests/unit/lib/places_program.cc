// Ways to wait for ever, most of them through headers of this library and of std. places_test.cc looks for the comments that
// name a task in order to know which lines a report should have.
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>

#include <tenter/tenter.h>

using namespace tenter;

Mutex table_lock;
RWMutex read_table;
WaitGroup workers;

int add_up(RecvChan<int> numbers) {
  int sum = 0;
  for (const int number : numbers) {  // waits: adder
    sum += number;
  }
  return sum;
}

void choose(const Chan<int>& a, const Chan<int>& b) {
  select(on_recv(a), on_send(b, 1));  // waits: chooser
  std::puts("chosen");
}

void wait_all() {
  auto a = make_chan<int>();
  auto b = make_chan<int>();
  go({.name = "adder"}, add_up, a);                // made: adder
  go({.name = "chooser"}, [=] { choose(a, b); });  // made: chooser
  go({.name = "locker"}, [] {                      // made: locker
    std::lock_guard first(table_lock);
    std::unique_lock second(table_lock);  // waits: locker
    std::puts("locked twice");
  });
  read_table.lock();
  go({.name = "reader"}, [] {  // made: reader
    read_table.lock_shared();  // waits: reader
    std::puts("may read");
  });
  workers.add(1);
  go({.name = "joiner"}, [] { workers.wait(); });  // both: joiner
  WaitGroup group;
  group.go({.name = "member"}, [] {  // made: member
    Once once;
    once.call([&] {
      once.call([] {});  // waits: member
      std::puts("called twice");
    });
  });
  Mutex mutex;
  Cond changed(mutex);
  std::unique_lock lock(mutex);
  changed.wait([] { return false; });  // waits: main
}

// Where a program looks for leaks, its main task goes on.
void find_all() {
  go({.name = "helper"}, wait_all);  // made: helper
  std::puts(find_leaks().to_json().c_str());
}

int main(int, char** arguments) {
  const bool looks_for_leaks = std::strcmp(arguments[1], "leaks") == 0;
  if (!looks_for_leaks) {
    std::thread([] {
      (void)Chan<int>().recv();  // waits: thread
      std::puts("received");
    }).detach();
  }
  return run(looks_for_leaks ? find_all : wait_all);  // made: main
}
