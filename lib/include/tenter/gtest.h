// Checks every GoogleTest test for leaked tasks.
//
//   int main(int argc, char** argv) {
//     testing::InitGoogleTest(&argc, argv);
//     tenter::LeakListener::install().ignore("metrics*");
//     return RUN_ALL_TESTS();
//   }
//
// Each test is a LeakScope with the test's name. It opens before the fixture's constructor and closes after its destructor;
// a test that leaves a task behind fails, at its own line, with the report, also if it has failed already. Tasks that
// belong to a whole suite (SetUpTestSuite) or to the program are not the test's and not looked at. A test that starts plain
// threads which start tasks gives them its scope (scope()).
//
// A test that calls run() ends all of its tasks with it: let its main task call expect_no_leaks() last (see <tenter/leak.h>).
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tenter/leak.h>

namespace tenter {

class LeakListener final : public testing::EmptyTestEventListener {
 public:
  // Adds one to GoogleTest's listeners, which own it. Call it once, before RUN_ALL_TESTS().
  static LeakListener& install() {
    auto* const listener = new LeakListener;
    testing::UnitTest::GetInstance()->listeners().Append(listener);
    return *listener;
  }

  // For all tests; as LeakScope's.
  LeakListener& ignore(std::string pattern) {
    patterns_.push_back(std::move(pattern));
    return *this;
  }
  LeakListener& settle_limit(Duration limit) {
    limit_ = limit;
    return *this;
  }
  // The scope of the test that runs, for threads that the test starts: LeakScope::Entered here(*listener.scope()). Null
  // between tests.
  const LeakScope* scope() const { return scope_.get(); }

  void OnTestStart(const testing::TestInfo& test) override {
    scope_ = std::make_unique<LeakScope>(std::string(test.test_suite_name()) + "." + test.name());
    for (const std::string& pattern : patterns_) { scope_->ignore(pattern); }
    if (limit_.count() >= 0) { scope_->settle_limit(limit_); }
  }
  void OnTestEnd(const testing::TestInfo& test) override {
    const LeakReport report = scope_->find();
    scope_.reset();
    if (!report.clean()) { ADD_FAILURE_AT(test.file(), test.line()) << report.text(); }
  }

 private:
  std::unique_ptr<LeakScope> scope_;
  std::vector<std::string> patterns_;
  Duration limit_{-1};
};

}  // namespace tenter
