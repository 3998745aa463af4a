// A small program with three mistakes that no run of it shows: it prints the right numbers every time.
// `tenter check` finds all three in a recording of one run. README.md beside this file shows the report;
// mended.cc is the same program without them.
#include <tenter/tenter.h>

#include <cstdio>
#include <mutex>
#include <string>

namespace {

struct Account {
  tenter::Mutex mutex;
  long balance = 100;
};

Account checking;
Account savings;
long transfers = 0;

void transfer(Account& from, Account& to, long amount) {
  {
    const std::lock_guard hold_from(from.mutex);
    const std::lock_guard hold_to(to.mutex);  // mistake 1: the way back takes the same two locks in the other order
    from.balance -= amount;
    to.balance += amount;
  }
  ++transfers;  // mistake 2: no lock is held any more
}

std::string ask_mirrors() {
  auto answers = tenter::make_chan<std::string>();
  for (const char* mirror : {"north", "south"})
    tenter::go({.name = mirror}, [=] { answers.send(mirror); });
  return answers.recv().value();  // mistake 3: the slower mirror waits for a receiver for ever
}

}  // namespace

int main() {
  // One worker: the tasks take turns, and nothing can go wrong in this run.
  tenter::set_max_workers(1);
  return tenter::run([] {
    const std::string mirror = ask_mirrors();
    std::printf("answered by %s\n", mirror.empty() ? "nobody" : "a mirror");

    tenter::WaitGroup both;
    both.go([] { transfer(checking, savings, 10); });
    both.go([] { transfer(savings, checking, 3); });
    both.wait();
    std::printf("checking %ld, savings %ld, transfers %ld\n", checking.balance, savings.balance, transfers);
    return 0;
  });
}
