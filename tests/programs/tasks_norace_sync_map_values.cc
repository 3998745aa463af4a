// SyncMap: values that many replace, copy and destroy at the same time are no business of the program's.
// expect: nothing
#include <string>

#include <tenter/tenter.h>

int main() {
  return tenter::run([] {
    tenter::SyncMap<std::string, std::string> map;
    tenter::WaitGroup group;
    for (int w = 0; w < 4; ++w)
      group.go([&, w] {
        for (int i = 0; i < 200; ++i) {
          const std::string key = "a key that is no short string: " + std::to_string(i % 5);
          map.store(key, std::string(50, static_cast<char>('a' + w)));
          if (const auto value = map.load(key); value && value->size() != 50) throw 1;
          if (i % 3 == 0) map.load_and_delete(key);
          if (i % 20 == 0)
            map.range([](const std::string& k, const std::string& v) {
              if (k.empty() || v.size() != 50) throw 1;
            });
        }
      });
    group.wait();
    return 0;
  });
}
