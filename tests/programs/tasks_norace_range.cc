// A pipeline: values in, values out, closed from the front to the back.
// expect: nothing
#include <tenter/tenter.h>

#include <memory>
int main() {
  return tenter::run([] {
    auto raw = tenter::make_chan<std::shared_ptr<int>>(3);
    auto squared = tenter::make_chan<std::shared_ptr<int>>();
    tenter::go([=] {
      for (int i = 1; i <= 10; ++i) raw.send(std::make_shared<int>(i));
      raw.close();
    });
    tenter::go([=] {
      for (std::shared_ptr<int> number : raw) {
        *number *= *number;
        squared.send(number);
      }
      squared.close();
    });
    int sum = 0;
    for (std::shared_ptr<int> number : squared) sum += *number;
    return sum == 385 ? 0 : 1;
  });
}
