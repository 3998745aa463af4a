#include "read/std_records.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <random>
#include <string>

namespace tenter::analysis {
namespace {

using trace::Op;

// Steps of all kinds, with changes of every width.
class RandomRecords {
 public:
  StdRecord next() {
    const auto any = [&](std::uint64_t bits) { return random_() & ((std::uint64_t{1} << random_() % (bits + 1)) - 1); };
    const Op op = ops_[random_() % ops_.size()];
    auto flags = static_cast<unsigned>(op == Op::access_range ? any(1) * trace::AccessFlag::write : any(4));
    auto arg = static_cast<unsigned>(op == Op::access_range ? 0 : any(4));
    if (op == Op::lock_acquire && any(1) == 0) {
      flags = 0;
      arg = static_cast<unsigned>(trace::LockKind::recursive_mutex);
    }
    const auto task = random_() % 3 == 0 ? static_cast<std::uint32_t>(any(32)) : last_.task;
    const std::uint64_t place = any(1) == 0 ? last_.place + any(20) : any(48);
    const auto object = static_cast<std::uint32_t>(any(1) == 0 ? last_.object - any(10) : any(32));
    return last_ = StdRecord::of(place, StdRecord::what_of(op, flags, arg), task, object);
  }

 private:
  const std::vector<Op> ops_ = {Op::access_range, Op::lock_acquire, Op::lock_release,
                                Op::name,         Op::task_end,     Op::task_join};
  std::mt19937_64 random_{1};
  StdRecord last_{};
};

constexpr std::size_t several_blocks = 200'000;

void expect_all_come_back(const StdRecords& records) {
  EXPECT_EQ(records.size(), several_blocks);
  StdRecords::Reader reader(records), other(records);
  RandomRecords wanted;
  for (std::size_t i = 0; i < several_blocks; ++i) {
    const StdRecord* const ahead = reader.peek(0);
    const StdRecord* const record = reader.next();
    ASSERT_NE(record, nullptr) << i;
    ASSERT_EQ(*record, wanted.next()) << i;
    if (ahead != nullptr) { ASSERT_EQ(*ahead, *record) << i; }
    if (i % 3 == 0) { ASSERT_NE(other.next(), nullptr); }  // another reader, elsewhere in the same blocks
  }
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_EQ(reader.peek(0), nullptr);
}

void fill(StdRecords& records) {
  RandomRecords random;
  for (std::size_t i = 0; i < several_blocks; ++i) records.push_back(random.next());
  records.finish();
}

TEST(StdRecords, ComeBackFromMemory) {
  StdRecords records(/*blocks_in_memory=*/1000);
  fill(records);
  EXPECT_EQ(records.blocks_in_file(), 0u);
  expect_all_come_back(records);
}

TEST(StdRecords, ComeBackFromAFile) {
  StdRecords records(/*blocks_in_memory=*/1);
  fill(records);
  EXPECT_GT(records.blocks_in_file(), 2u);
  expect_all_come_back(records);
}

TEST(StdRecords, StayInMemoryWhereNoFileCanBeHad) {
  const char* const before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/nonexistent", 1);
  StdRecords records(/*blocks_in_memory=*/1);
  fill(records);
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
  EXPECT_EQ(records.blocks_in_file(), 0u);
  expect_all_come_back(records);
}

TEST(StdRecords, WhatDoesNotFitIntoTheFileStaysInMemory) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto action = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit two_and_a_half{BlockStore::block_bytes * 5 / 2, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &two_and_a_half), 0);
  StdRecords records(/*blocks_in_memory=*/1);
  fill(records);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, action);
  EXPECT_EQ(records.blocks_in_file(), 2u);
  expect_all_come_back(records);
}

TEST(StdRecords, MayBeNone) {
  StdRecords records;
  records.finish();
  StdRecords::Reader reader(records);
  EXPECT_EQ(reader.next(), nullptr);
}

}  // namespace
}  // namespace tenter::analysis
