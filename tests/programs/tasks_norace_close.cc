// A close happens before the receive that sees it.
// expect: nothing
#include <tenter/tenter.h>
int answer;
int main() {
  return tenter::run([] {
    auto done = tenter::make_chan<int>();
    tenter::go([=] {
      answer = 42;
      done.close();
    });
    done.recv();
    return answer == 42 ? 0 : 1;
  });
}
