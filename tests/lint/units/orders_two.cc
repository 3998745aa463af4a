#include "orders.h"

namespace orders {

std::shared_mutex table;
extern std::mutex gate, kept_one, kept_two, ring_b, ring_c;
extern std::shared_mutex read_one, read_two;
void lock_here();
namespace {
std::mutex here;
}

void write_table() { const std::lock_guard guard(table); }
void table_then_the_other_here() {
  const std::lock_guard guard(table);
  lock_here();
}
void right_table_then_own_here() {
  const std::lock_guard guard(here);
  write_journal();
}

void audit(Account& account, Bank& bank) {
  const std::lock_guard guard(bank.mutex);
  const std::lock_guard both(account.mutex);
}

void check_under_gate() {
  const std::lock_guard guard(gate);
  const std::lock_guard two(kept_two);
  const std::lock_guard one(kept_one);
}

void ring_second() {
  const std::lock_guard guard(ring_b);
  const std::lock_guard next(ring_c);
}

void right_readers_too() {
  const std::shared_lock two(read_two);
  const std::shared_lock one(read_one);
}

}  // namespace orders
