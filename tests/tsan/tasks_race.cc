// A race of two tasks, and with MENDED none. With an argument the program is killed right after it.
#include <signal.h>
#include <unistd.h>

#include <mutex>

#include <tenter/tenter.h>

int total = 0;

void add_one() { ++total; }

int main(int argc, char**) {
  return tenter::run([&] {
    tenter::Mutex mutex;
    auto done = tenter::make_chan<tenter::Unit>();
    const auto add = [&] {
#ifdef MENDED
      const std::lock_guard guard(mutex);
#endif
      add_one();
    };
    // The main task alone receives what they have done, after it has created both.
    tenter::go({.name = "adder"}, [&, done] {
      add();
      done.send({});
    });
    tenter::go({.name = "other"}, [&, done] {
      add();
      done.send({});
    });
    done.recv();
    done.recv();
    if (argc > 1) { kill(getpid(), SIGKILL); }
  });
}
