#include "record/tickets.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

using tenter::record::Ticket;
using tenter::record::Tickets;

namespace {

TEST(Tickets, counts_start_at_zero_without_gaps_whoever_takes_them) {
  const auto tickets = std::make_unique<Tickets>();
  constexpr int threads = 4;
  constexpr int each = 20'000;
  constexpr std::uint32_t stripe = 7;
  std::vector<std::vector<std::uint64_t>> taken(threads);
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        if (i % 3 == t % 3) {
          tickets->lock(stripe);
          taken[static_cast<std::size_t>(t)].push_back(tickets->unlock(stripe).count);
        } else {
          taken[static_cast<std::size_t>(t)].push_back(tickets->take(stripe).count);
        }
      }
    });
  }
  for (std::thread& thread : running) { thread.join(); }
  std::vector<bool> seen(threads * each);
  for (const auto& counts : taken) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
      ASSERT_LT(counts[i], seen.size());
      ASSERT_FALSE(seen[counts[i]]) << "two events with one ticket";
      seen[counts[i]] = true;
      ASSERT_TRUE(i == 0 || counts[i - 1] < counts[i]) << "a thread's own tickets rise";
    }
  }
}

TEST(Tickets, the_locked_stripe_orders_like_the_operation_under_it) {
  const auto tickets = std::make_unique<Tickets>();
  constexpr int each = 20'000;
  std::uint64_t value = 0;
  std::vector<std::vector<std::pair<std::uint64_t, std::uint64_t>>> seen(3);
  std::vector<std::thread> running;
  for (auto& mine : seen) {
    running.emplace_back([&tickets, &value, &mine] {
      for (int i = 0; i < each; ++i) {
        tickets->lock(3);
        const std::uint64_t now = value++;  // the lock is what makes this no race
        mine.emplace_back(tickets->unlock(3).count, now);
      }
    });
  }
  for (std::thread& thread : running) { thread.join(); }
  for (const auto& mine : seen) {
    for (const auto& [count, now] : mine) { ASSERT_EQ(count, now); }
  }
}

TEST(Tickets, undisturbed_means_that_nobody_took_one) {
  const auto tickets = std::make_unique<Tickets>();
  tickets->lock(9);
  const Ticket mine = tickets->unlock(9);
  EXPECT_EQ(tickets->peek(9), Tickets::counter_after(mine));
  tickets->take(9);
  EXPECT_NE(tickets->peek(9), Tickets::counter_after(mine));
}

}  // namespace
