// Copies of a handle in many tasks: their count is nobody's business.
// expect: nothing
#include <tenter/tenter.h>

#include <vector>
int main() {
  return tenter::run([] {
    auto numbers = tenter::make_chan<int>(4);
    tenter::WaitGroup group;
    for (int i = 0; i < 4; ++i)
      group.go([copy = numbers, i] {
        std::vector<tenter::Chan<int>> more(10, copy);
        more[5].send(i);
      });
    group.wait();
    int sum = 0;
    for (int i = 0; i < 4; ++i) sum += numbers.recv().value_or(100);
    return sum == 6 ? 0 : 1;
  });
}
