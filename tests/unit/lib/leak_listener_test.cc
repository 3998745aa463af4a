// <tenter/gtest.h> at work: of these tests, those whose names begin with Leaks must fail, and all others pass. main() turns the
// results into an exit code, because a test that fails as it should cannot say so itself.
#include <tenter/gtest.h>

#include <cstdio>
#include <string>
#include <thread>

#include <tenter/tenter.h>

namespace tenter {
namespace {

LeakListener* listener = nullptr;

// Lives longer than any test, as a program's channels may.
const Chan<Unit>& never() {
  static const Chan<Unit> channel = make_chan<Unit>();
  return channel;
}
void wait_for_ever_in_a_task(const char* name) {
  go({.name = name}, [] { (void)never().recv(); });
}

class OfASuite : public testing::Test {
 protected:
  static void SetUpTestSuite() { wait_for_ever_in_a_task("of the suite"); }
};
class WithAFixture : public testing::Test {
 protected:
  void SetUp() override {
    go({.name = "of the fixture"}, [until = until_] { (void)until.recv(); });
  }
  Chan<Unit> until_ = make_chan<Unit>();
};
class ClosesItsFixture : public WithAFixture {
 protected:
  void TearDown() override { until_.close(); }
};

TEST(Listener, LeaksATask) { wait_for_ever_in_a_task("stuck"); }

TEST(Listener, CleanAfterATestThatLeaks) {
  const auto channel = make_chan<int>();
  go([channel] { channel.send(1); });
  EXPECT_EQ(channel.recv(), 1);
}

TEST(Listener, LeaksAndHasFailedAlready) {
  wait_for_ever_in_a_task("stuck");
  FAIL() << "the test's own failure";
}

TEST(Listener, LeaksFromAThreadOfTheTest) {
  std::thread thread([] {
    const LeakScope::Entered here(*listener->scope());
    wait_for_ever_in_a_task("stuck");
  });
  thread.join();
}

TEST(Listener, CleanAsTheTaskIsIgnored) { wait_for_ever_in_a_task("daemon 3"); }

TEST_F(OfASuite, CleanAsTheTaskIsTheSuites) {}
TEST_F(WithAFixture, LeaksATaskOfTheFixture) {}
TEST_F(ClosesItsFixture, CleanAsTheFixtureEndsItsTask) {}

TEST(Listener, LeaksByAnExceptionOfACheck) {
  const auto channel = make_chan<Unit>();
  go({.name = "stuck"}, [channel] { (void)channel.recv(); });
  expect_no_leaks();
}

// Did the test end as its name says, and if by a leak, with a report that names the task?
bool as_named(const testing::TestInfo& test) {
  const bool should_leak = std::string(test.name()).starts_with("Leaks");
  std::string messages;
  for (int i = 0; i < test.result()->total_part_count(); ++i) {
    messages += test.result()->GetTestPartResult(i).message();
  }
  const bool named =
      messages.find("1 task was left behind") != std::string::npos &&
      messages.find("waits to receive from channel") != std::string::npos &&
      (messages.find("`stuck`") != std::string::npos || messages.find("`of the fixture`") != std::string::npos);
  if (test.result()->Failed() == should_leak && named == should_leak) { return true; }
  std::printf("%s.%s did not end as named: %s\n", test.test_suite_name(), test.name(), messages.c_str());
  return false;
}

int check_all() {
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  int wrong = 0;
  int seen = 0;
  for (int s = 0; s < all.total_test_suite_count(); ++s) {
    const testing::TestSuite& suite = *all.GetTestSuite(s);
    for (int t = 0; t < suite.total_test_count(); ++t) {
      ++seen;
      wrong += as_named(*suite.GetTestInfo(t)) ? 0 : 1;
    }
  }
  std::printf("%d of %d tests ended as named\n", seen - wrong, seen);
  return wrong == 0 && seen == 9 ? 0 : 1;
}

}  // namespace
}  // namespace tenter

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  tenter::listener = &tenter::LeakListener::install().ignore("daemon *");
  [[maybe_unused]] const int failed = RUN_ALL_TESTS();  // some must fail; check_all() says which
  return tenter::check_all();
}
