// What orders_one.cc and orders_two.cc know of each other.
#pragma once
#include <mutex>
#include <shared_mutex>

namespace orders {

extern std::mutex journal;
extern std::shared_mutex table;

struct Account {
  std::mutex mutex;
  int balance = 0;
};
struct Bank {
  std::mutex mutex;
  int accounts = 0;
};

// orders_one.cc
void write_journal();
void pay(Account& account, Bank& bank);
void book_under_gate();

// orders_two.cc
void write_table();
void audit(Account& account, Bank& bank);
void check_under_gate();

}  // namespace orders
