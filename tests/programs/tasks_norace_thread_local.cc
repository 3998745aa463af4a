// What is local to a thread, errno among it, is used by one task after the other of those that the thread runs, and by another
// thread's tasks elsewhere. levels: all
// expect: nothing
#include <cerrno>
#include <string>

#include <tenter/tenter.h>

thread_local int uses;

int main() {
  tenter::set_max_workers(1);
  return tenter::run([] {
    tenter::WaitGroup group;
    int sum = 0;
    tenter::Mutex mutex;
    for (int i = 0; i < 4; ++i)
      group.go([&] {
        ++uses;
        errno = 0;
        const int value = std::stoi("12");  // keeps errno, in a header
        mutex.lock();
        sum += value;
        mutex.unlock();
      });
    group.wait();
    return sum == 48 ? 0 : 1;
  });
}
