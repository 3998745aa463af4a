// Two threads, two fields: neighbours in memory are no race.
// expect: nothing
#include <thread>
struct Account { char open = 0; char blocked = 0; short kind = 0; int owner = 0; };
Account account;
int main() {
  std::thread other([] { account.blocked = 1; account.owner = 7; });
  account.open = 1;
  account.kind = 3;
  other.join();
}
