// Plain threads use channels too.
// expect: nothing
#include <tenter/tenter.h>

#include <thread>
int answer;
int main() {
  auto done = tenter::make_chan<int>();
  std::thread other([=] {
    answer = 42;
    done.send(1);
  });
  done.recv();
  const int seen = answer;
  other.join();
  return seen == 42 ? 0 : 1;
}
