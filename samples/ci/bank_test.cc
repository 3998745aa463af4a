// Two tests of a small bank. Both pass on every run; one of them has a data race all the same, unless BANK_MENDED is 1.
#include <cstdio>
#include <string>
#include <thread>

#include <tenter/tenter.h>

namespace {

long balance = 0;
long deposits = 0;
tenter::Mutex books;

void deposit(long amount) {
  books.lock();
  balance += amount;
  books.unlock();
#if BANK_MENDED
  books.lock();
  ++deposits;
  books.unlock();
#else
  ++deposits;   // two clerks count here, and nothing orders them
#endif
}

int test_deposits() {
  std::thread clerk([] { deposit(20); });
  deposit(22);
  clerk.join();
  return balance == 42 ? 0 : 1;
}

int test_report() {
  auto lines = tenter::make_chan<std::string>();
  std::thread printer([lines] {
    for (const std::string& line : lines) std::puts(line.c_str());
  });
  lines.send("balance: " + std::to_string(balance));
  lines.close();
  printer.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name == "deposits") return test_deposits();
  if (name == "report") return test_report();
  std::fputs("usage: bank_test deposits|report\n", stderr);
  return 2;
}
