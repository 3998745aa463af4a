// Two threads store into one global without any order.
#include <thread>

long total;

void add_fees() { total = 5; }
void print_total() { static_cast<void>(*const_cast<volatile long*>(&total)); }

int main() {
  std::thread accountant(add_fees);
  print_total();
  accountant.join();
}
