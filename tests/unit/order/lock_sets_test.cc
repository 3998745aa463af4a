#include <gtest/gtest.h>

#include <random>
#include <set>

#include "order/world.h"

namespace tenter::analysis {
namespace {

TEST(LockSets, TheOrderOfTakingDoesNotMatter) {
  LockSets sets;
  const LockSetId ab = sets.with(sets.with(no_locks, {1, false}), {2, false});
  const LockSetId ba = sets.with(sets.with(no_locks, {2, false}), {1, false});
  EXPECT_EQ(ab, ba);
  EXPECT_EQ(sets.intern({{2, false, {}, 1}, {1, false, {}, 3}}), ab);
  EXPECT_NE(sets.with(sets.with(no_locks, {1, false}), {2, true}), ab) << "shared is not exclusive";
  EXPECT_EQ(sets.intern({}), no_locks);
  EXPECT_TRUE(sets.locks(no_locks).empty());
}

TEST(LockSets, AgreeWithASetThatIsSortedAnew) {
  LockSets sets;
  std::mt19937_64 random(3);
  std::set<LockSets::Lock> expected;
  LockSetId id = no_locks;
  for (int i = 0; i < 20'000; ++i) {
    const LockSets::Lock lock{random() % 8, random() % 2 == 0};
    if (random() % 2 == 0) {
      expected.insert(lock);
      id = sets.with(id, lock);
    } else {
      expected.erase(lock);
      id = sets.without(id, lock);
    }
    ASSERT_EQ(sets.locks(id), (std::vector<LockSets::Lock>{expected.begin(), expected.end()}));
  }
}

TEST(LockSets, StayWithinTheirMemory) {
  LockSets sets;
  LockSetId id = no_locks;
  for (std::uint64_t lock = 1; lock < 5'000; ++lock) id = sets.with(id, {lock, false});
  EXPECT_LT(sets.locks(id).size(), 4'999u) << "sets of 1 to 4,999 locks would hold more than max_members";
  EXPECT_GT(sets.locks(id).size(), 2'000u);
  EXPECT_EQ(sets.without(id, {1, false}), no_locks) << "no room for a new set: a smaller one that is known";
}

}  // namespace
}  // namespace tenter::analysis
