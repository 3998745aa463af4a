// With room for both answers, both tasks end.
// expect: nothing
#include <tenter/tenter.h>
int main() {
  return tenter::run([] {
    auto answers = tenter::make_chan<int>(2);
    tenter::WaitGroup group;
    for (int i = 0; i < 2; ++i) group.go([=] { answers.send(i); });
    const bool got = answers.recv().has_value();
    group.wait();
    return got ? 0 : 1;
  });
}
