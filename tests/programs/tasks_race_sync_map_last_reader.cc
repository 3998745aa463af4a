// SyncMap: who finds a value does not come after what followed the store, nor after another who looks at it for longer.
// expect: data-race object=later
#include <tenter/tenter.h>

#include <thread>

#include "gate.h"

Gate stored, copying, replaced, told;
thread_local bool slow;
int data, later;

// Whoever copies it slowly is the last to hold it.
struct Value {
  Value() = default;
  Value(const Value&) {
    if (slow) {
      copying.open();
      replaced.wait();
    }
  }
};

int main() {
  tenter::SyncMap<int, Value> map;
  std::thread writer([&] {
    data = 1;
    map.store(1, Value());
    later = 1;  // <- here
    stored.open();
    told.wait();  // until then nobody takes over its heap, whose events are in one order
  });
  std::thread reader([&] {
    copying.wait();
    const bool found = map.load(1).has_value();
    if (found) data = data + 1;
    later = 2;  // <- here
    map.store(1, Value());
    replaced.open();
    told.wait();
  });
  std::thread last([&] {
    stored.wait();
    slow = true;
    static_cast<void>(map.load(1));
  });
  last.join();
  told.open();
  reader.join();
  writer.join();
  return data == 2 ? 0 : 1;
}
