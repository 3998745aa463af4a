// SyncMap: who is the one to store a key comes after whoever erased it, and a compare-and-swap after the one before it.
// expect: nothing
#include <tenter/tenter.h>

int under_key, under_value;

int main() {
  return tenter::run([] {
    tenter::SyncMap<int, int> map;
    map.store(2, 0);
    tenter::WaitGroup group;
    for (int w = 0; w < 4; ++w)
      group.go([&] {
        for (int i = 0; i < 50; ++i) {
          while (map.load_or_store(1, 1).second) tenter::yield();
          ++under_key;
          map.erase(1);
          while (!map.compare_and_swap(2, 0, 1)) tenter::yield();
          ++under_value;
          if (!map.compare_and_swap(2, 1, 0)) throw 1;
        }
      });
    group.wait();
    return under_key == 200 && under_value == 200 ? 0 : 1;
  });
}
