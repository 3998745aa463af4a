// Pool: whoever put an object comes before whoever gets that one, who may use and destroy what is in it.
// expect: nothing
#include <vector>

#include <tenter/tenter.h>

int main() {
  return tenter::run([] {
    tenter::Pool<std::vector<int>> pool([] { return std::vector<int>(100); }, 3);
    tenter::WaitGroup group;
    for (int w = 0; w < 4; ++w)
      group.go([&] {
        for (int i = 0; i < 200; ++i) {
          std::vector<int> mine = pool.get();
          for (int& each : mine) ++each;
          if (i % 10 == 0) tenter::yield();
          if (i % 50 != 49) pool.put(std::move(mine));
        }
      });
    group.wait();
    return 0;
  });
}
