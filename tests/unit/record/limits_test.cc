// max_size=, max_memory= and sample=: less is recorded, what is left is consistent, and the recording tells what is missing.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "record/record.h"
#include "record/watched.h"
#include "recorded.h"

using namespace tenter;
using tenter::test::recorded;
using tenter::test::Recorded;
using tenter::trace::Op;

namespace {

constexpr std::uintptr_t code = 0x5555'0000'1000;
constexpr std::uintptr_t data = 0x7fff'1234'5600;
constexpr std::uint64_t stride = 1 << record::watched_block_log2;

// One place each. The code address moves, so that neighbours are events of their own.
void sweep(std::uint64_t places) {
  for (std::uint64_t i = 0; i < places; ++i) {
    record::access(reinterpret_cast<const char*>(data + i * stride), 3, true, code + i % 2);
  }
}

// The same places in an order that no codec foresees, another one for each round.
constexpr std::uint64_t shuffled_places = 4'096;
void shuffled_sweep(std::uint64_t round) {
  constexpr std::uint64_t mask = shuffled_places - 1;
  for (std::uint64_t i = 0; i <= mask; ++i) {
    std::uint64_t at = (i * 2'654'435'761 + round * 977) & mask;  // each step is a permutation
    at = ((at ^ at >> 5) * 1'664'525) & mask;
    at ^= at >> 7;
    record::access(reinterpret_cast<const char*>(data + at * stride), 3, true, code);
  }
}

void release() { record::sync(Op::release, 0, 0, reinterpret_cast<const char*>(data), code); }

bool has(const std::vector<std::string>& sentences, const std::string& part) {
  return std::ranges::any_of(sentences, [&](const std::string& each) { return each.find(part) != each.npos; });
}

TEST(Watched, shares_are_nested_and_as_large_as_they_say) {
  constexpr std::uint64_t seed = 12345;
  constexpr unsigned places = 100'000;
  unsigned tenth = 0, half = 0;
  for (std::uint64_t i = 0; i < places; ++i) {
    const bool in_tenth = record::is_watched(data + i * stride, record::whole / 10, seed);
    const bool in_half = record::is_watched(data + i * stride, record::whole / 2, seed);
    ASSERT_TRUE(in_half || !in_tenth);
    ASSERT_EQ(in_half, record::is_watched(data + i * stride + stride - 1 - data % stride, record::whole / 2, seed));
    tenth += in_tenth;
    half += in_half;
  }
  EXPECT_NEAR(tenth, places / 10, places / 100);
  EXPECT_NEAR(half, places / 2, places / 100);
}

TEST(Watched, a_range_is_watched_where_any_part_of_it_is) {
  constexpr record::Share share = record::whole / 8;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{65}, std::size_t{300}, std::size_t{5'000}}) {
      bool any = size > 64 * stride;
      for (std::size_t i = 0; i < size; ++i) { any = any || record::is_watched(data + 7 + i, share, seed); }
      ASSERT_EQ(record::is_any_watched(data + 7, size, share, seed), any) << size << " bytes, seed " << seed;
    }
  }
}

TEST(Watched, the_share_is_halved_with_the_room) {
  constexpr record::Share all = record::whole;
  EXPECT_EQ(record::share_for_room(all, 1000, 1000), all);
  EXPECT_EQ(record::share_for_room(all, 500, 1000), all);
  EXPECT_EQ(record::share_for_room(all, 499, 1000), all / 2);
  EXPECT_EQ(record::share_for_room(all, 249, 1000), all / 4);
  EXPECT_EQ(record::share_for_room(all / 10, 63, 1000), all / 10 / 8);
  EXPECT_EQ(record::share_for_room(all, 61, 1000), 0u);
}

TEST(Limits, a_sample_has_its_share_of_the_places_with_the_accesses_of_all_threads) {
  constexpr std::uint64_t places = 4'000;
  const Recorded run = recorded(
      [] {
        sweep(places);
        std::thread([] {
          sweep(places);
          record::thread_end();
        }).join();
      },
      {.options = "sample=25%"});
  std::map<std::uint32_t, std::set<std::uint64_t>> seen;
  for (const auto& access : run.of(Op::access_range)) { seen[access.task].insert(access.object); }
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen.begin()->second, seen.rbegin()->second);
  EXPECT_NEAR(static_cast<double>(seen.begin()->second.size()), places * 0.25, places * 0.06);
  EXPECT_EQ(run.info.left_out_by_sample + run.of(Op::access_range).size(), 2 * places);
  EXPECT_EQ(run.info.lost_events, run.info.left_out_by_sample);
  EXPECT_EQ(run.info.lost_unasked(), 0u);
  EXPECT_FALSE(run.info.complete);
  EXPECT_TRUE(run.info.damage.empty());
}

TEST(Limits, a_whole_sample_leaves_nothing_out) {
  const Recorded run = recorded([] { sweep(1'000); }, {.options = "sample=1"});
  EXPECT_EQ(run.of(Op::access_range).size(), 1'000u);
  EXPECT_TRUE(run.info.complete);
}

TEST(Limits, near_max_size_fewer_places_are_watched_and_synchronization_is_all_there) {
  constexpr std::uint64_t size = 1'000'000, rounds = 200, places = shuffled_places;
  const Recorded run = recorded(
      [] {
        for (std::uint64_t i = 0; i < rounds; ++i) {
          shuffled_sweep(i);
          release();
        }
      },
      {.options = "max_size=" + std::to_string(size)});
  ASSERT_EQ(run.refused, "");
  EXPECT_LE(std::filesystem::file_size(run.path), size);
  EXPECT_TRUE(run.info.damage.empty()) << run.info.damage[0];
  EXPECT_EQ(run.of(Op::release).size(), rounds);
  EXPECT_GT(run.info.left_out_by_size, 0u);
  EXPECT_EQ(run.info.left_out_by_size + run.of(Op::access_range).size(), rounds * places);
  EXPECT_FALSE(run.info.complete);
  // Each round's places are among those of the round before, but for one whose chunk ended within it.
  std::vector<std::set<std::uint64_t>> seen(1);
  for (const auto& event : run.events) {
    if (event.op == Op::access_range) { seen.back().insert(event.object); }
    if (event.op == Op::release) { seen.emplace_back(); }
  }
  EXPECT_EQ(seen.front().size(), places);
  const std::set<std::uint64_t>& last = seen[rounds - 1];
  EXPECT_LT(last.size(), places / 2);
  for (std::size_t i = 0; i + 1 < rounds; ++i) {
    ASSERT_TRUE(std::includes(seen[i].begin(), seen[i].end(), last.begin(), last.end())) << "round " << i;
  }
}

TEST(Limits, at_max_size_recording_stops_and_says_why) {
  constexpr std::uint64_t size = 500'000;
  const Recorded run = recorded(
      [] {
        for (int i = 0; i < 1'000'000; ++i) {
          record::sync(Op::release, 0, 0, reinterpret_cast<const char*>(data + static_cast<unsigned>(i) % 977 * 8191),
                       code);
        }
      },
      {.options = "max_size=" + std::to_string(size)});
  ASSERT_EQ(run.refused, "");
  EXPECT_LE(std::filesystem::file_size(run.path), size);
  EXPECT_TRUE(has(run.info.damage, "max_size")) << run.info.damage.size();
  EXPECT_NE(run.standard_error.find("max_size"), std::string::npos) << run.standard_error;
  EXPECT_FALSE(run.info.complete);
  EXPECT_GT(run.of(Op::release).size(), 10'000u);
}

TEST(Limits, within_max_memory_tables_are_smaller_and_nothing_is_lost) {
  const auto twice = [] {
    sweep(1'000);
    sweep(1'000);
  };
  const Recorded small = recorded(twice, {.options = "max_memory=8M"});
  EXPECT_EQ(small.info.small_filters, 1u);
  EXPECT_EQ(small.of(Op::access_range).size(), 1'000u);
  EXPECT_TRUE(small.info.complete);
  // No room for a table at all: the repetitions are in the recording too.
  const Recorded none = recorded(twice, {.options = "max_memory=900K"});
  EXPECT_EQ(none.info.small_filters, 1u);
  EXPECT_EQ(none.of(Op::access_range).size(), 2'000u);
  EXPECT_TRUE(none.info.complete);
  EXPECT_EQ(recorded(twice).info.small_filters, 0u);
}

TEST(Limits, a_thread_beyond_max_memory_stops_the_recording) {
  const Recorded run = recorded(
      [] {
        constexpr int threads = 64;
        std::atomic<int> there{0};
        std::vector<std::thread> all;
        for (int t = 0; t < threads; ++t) {
          all.emplace_back([&] {
            release();
            ++there;
            while (there < threads) { std::this_thread::yield(); }
            record::thread_end();
          });
        }
        for (std::thread& each : all) { each.join(); }
      },
      {.options = "max_memory=2M"});
  EXPECT_TRUE(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 0);
  EXPECT_TRUE(has(run.info.damage, "max_memory"));
  EXPECT_NE(run.standard_error.find("max_memory"), std::string::npos) << run.standard_error;
  EXPECT_GT(run.of(Op::release).size(), 3u);
  EXPECT_LT(run.of(Op::release).size(), 64u);
}

}  // namespace
