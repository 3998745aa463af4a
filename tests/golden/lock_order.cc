// Two locks in two orders. The gate keeps this run out of the deadlock; the recorder does not see it.
#include "gate.h"

#include <mutex>
#include <thread>

std::mutex accounts, journal;
Gate paid;

void pay() {
  std::lock_guard<std::mutex> first(accounts);
  std::lock_guard<std::mutex> second(journal);
}
void audit() {
  std::lock_guard<std::mutex> first(journal);
  std::lock_guard<std::mutex> second(accounts);
}

int main() {
  std::thread payer([] {
    pay();
    paid.open();
  });
  std::thread auditor([] {
    paid.wait();
    audit();
  });
  payer.join();
  auditor.join();
}
