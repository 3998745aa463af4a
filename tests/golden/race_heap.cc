// A field of a heap block, written under a lock on one side only.
#include <memory>
#include <mutex>
#include <thread>

struct Account {
  long owner = 0;
  long balance = 0;
};
std::mutex guard;

void deposit(Account& account) {
  std::lock_guard<std::mutex> hold(guard);
  account.balance = 100;
}
void close_account(Account& account) { account.balance = 0; }

int main() {
  const auto account = std::make_unique<Account>();
  std::thread teller([&] { deposit(*account); });
  close_account(*account);
  teller.join();
}
