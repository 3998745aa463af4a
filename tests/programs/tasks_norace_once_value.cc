// once_value: the function's end comes before each call's return, and whoever drops the last copy comes after all.
// expect: nothing
#include <stdexcept>
#include <string>

#include <tenter/tenter.h>

int table;

int main() {
  return tenter::run([] {
    tenter::WaitGroup group;
    {
      auto value = tenter::once_value([name = std::string(100, 'n')] {
        table = 5;
        return name + "!";
      });
      auto broken = tenter::once_value([]() -> int { throw std::runtime_error("always"); });
      for (int i = 0; i < 4; ++i)
        group.go([value, broken] {
          if (value().size() != 101 || table != 5) throw 1;
          try {
            broken();
          } catch (const std::runtime_error& error) {
            if (std::string(error.what()) != "always") throw;
          }
        });
    }
    group.wait();
    return 0;
  });
}
