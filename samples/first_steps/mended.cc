// broken.cc without its three mistakes.
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
tenter::Mutex transfers_mutex;
long transfers = 0;  // guarded by transfers_mutex

void transfer(Account& from, Account& to, long amount) {
  {
    const std::scoped_lock hold_both(from.mutex, to.mutex);  // never waits for one while it holds the other
    from.balance -= amount;
    to.balance += amount;
  }
  const std::lock_guard hold(transfers_mutex);
  ++transfers;
}

std::string ask_mirrors() {
  auto answers = tenter::make_chan<std::string>(2);  // room for the answer that nobody waits for
  for (const char* mirror : {"north", "south"})
    tenter::go({.name = mirror}, [=] { answers.send(mirror); });
  return answers.recv().value();
}

}  // namespace

int main() {
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
