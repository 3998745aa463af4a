// One field of a struct is shared without order.
// expect: data-race object=account
#include <thread>
struct Account { long balance = 0; long limit = 0; };
Account account;
int main() {
  std::thread other([] {
    account.limit = 10;  // <- here
  });
  account.balance = 1;
  account.limit = 20;  // <- and here
  other.join();
}
