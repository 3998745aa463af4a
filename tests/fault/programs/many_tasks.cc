// Tasks of the library, many at once. `wait N`: N tasks that wait together until main lets them go. `static N`: main returns
// from the program while N tasks on other threads wait, and a static object's destructor still uses the library.
// `exit_in_task N`: one of the tasks ends the program.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <tenter/tenter.h>

namespace {

struct Late {
  tenter::Mutex mutex;
  int count = 0;
  ~Late() {
    mutex.lock();
    ++count;
    mutex.unlock();
    std::printf("late %d\n", count);
  }
};

int wait_together(int tasks) {
  return tenter::run([tasks] {
    auto start = tenter::make_chan<tenter::Unit>();
    tenter::WaitGroup done;
    int sum = 0;
    tenter::Mutex mutex;
    for (int i = 0; i < tasks; ++i) {
      done.go([&, start] {
        start.recv();
        mutex.lock();
        ++sum;
        mutex.unlock();
      });
    }
    start.close();
    done.wait();
    std::printf("%d\n", sum);
  });
}

void leave_waiting(int tasks, bool exit_in_task) {
  static auto never = tenter::make_chan<tenter::Unit>();
  static auto ready = tenter::make_chan<tenter::Unit>();
  for (int i = 0; i < tasks; ++i) {
    tenter::go([] {
      ready.send({});
      never.recv();
    });
  }
  for (int i = 0; i < tasks; ++i) ready.recv();
  if (exit_in_task) {
    tenter::go([] { std::exit(7); });
    never.recv();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int tasks = std::atoi(argv[2]);
  if (std::strcmp(argv[1], "wait") == 0) return wait_together(tasks);
  static Late late;
  leave_waiting(tasks, std::strcmp(argv[1], "exit_in_task") == 0);
  return 6;
}
