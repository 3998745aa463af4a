// An exception leaves a task and ends the program.
// expect: uncaught-exception
// exit: 2
#include <tenter/tenter.h>

#include <stdexcept>
int main() {
  return tenter::run([] {
    auto never = tenter::make_chan<int>();
    tenter::go([] { throw std::runtime_error("the disk is full"); });  // <- here
    never.recv();
    return 0;
  });
}
