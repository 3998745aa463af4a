// Locks that are taken in one order here and in the other order in orders_two.cc.
#include "orders.h"

namespace orders {

std::mutex journal;
namespace {
std::mutex here;  // orders_two.cc has one of this name, too
std::mutex gate_kept;
}  // namespace
std::mutex gate;
std::mutex kept_one, kept_two;
std::mutex ring_a, ring_b, ring_c;
std::shared_mutex read_one, read_two;

void write_journal() { const std::lock_guard guard(journal); }

void wrong_here_then_table() {
  const std::lock_guard guard(here);
  write_table();  // expected-warning {{possibly, 'orders::table' is locked while 'orders::(anonymous namespace)::here' is held, and another function does it the other way round [tenter-lock-order-cycle]}}
}
void lock_here() { const std::lock_guard guard(here); }

void pay(Account& account, Bank& bank) {
  const std::lock_guard guard(account.mutex);
  const std::lock_guard both(bank.mutex);  // expected-warning {{'orders::Bank::mutex' is locked while 'orders::Account::mutex' is held}}
}

// Only one of the two can be on its way at a time.
void book_under_gate() {
  const std::lock_guard guard(gate);
  const std::lock_guard one(kept_one);
  const std::lock_guard two(kept_two);
}

void right_the_same_everywhere() {
  const std::lock_guard guard(journal);
  const std::lock_guard one(gate_kept);
}

void ring_first() {
  const std::lock_guard guard(ring_a);
  const std::lock_guard next(ring_b);  // expected-warning {{'orders::ring_b' is locked while 'orders::ring_a' is held, and other functions go on from there}}
}
void ring_third() {
  const std::lock_guard guard(ring_c);
  const std::lock_guard last(ring_a);
}

void right_readers() {
  const std::shared_lock one(read_one);
  const std::shared_lock two(read_two);
}

void right_together() {
  const std::scoped_lock both(journal, gate_kept);
}

}  // namespace orders
