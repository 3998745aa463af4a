// Select orders with the case that ran.
// expect: nothing
#include <tenter/tenter.h>
int left_answer, right_answer;
int main() {
  return tenter::run([] {
    auto left = tenter::make_chan<int>();
    auto right = tenter::make_chan<int>();
    tenter::go([=] { left_answer = 1; left.send(1); });
    tenter::go([=] { right_answer = 2; right.send(2); });
    int sum = 0;
    for (int i = 0; i < 2; ++i)
      tenter::select(tenter::on_recv(left, [&](int) { sum += left_answer; }),
                     tenter::on_recv(right, [&](int) { sum += right_answer; }));
    return sum == 3 ? 0 : 1;
  });
}
