#include "symbolize/frame.h"

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

Frame frame(std::string function, std::string file = {}, std::string module = "/home/ann/bank") {
  Frame one;
  one.function = std::move(function);
  one.file = std::move(file);
  one.module = std::move(module);
  return one;
}

std::vector<std::string> names(const std::vector<Frame>& stack) {
  std::vector<std::string> result;
  for (const Frame& one : stack) result.push_back(one.function);
  return result;
}

TEST(FrameOwner, is_told_by_names) {
  const std::string source = "/home/ann/bank.cc";
  EXPECT_EQ(owner_of(frame("add(int)", source)), FrameOwner::project);
  EXPECT_EQ(owner_of(frame("bool less<Account>(Account, Account)", source)), FrameOwner::project);
  EXPECT_EQ(owner_of(frame("bank::operator new_account(int)", source)), FrameOwner::project);
  EXPECT_EQ(owner_of(frame("tenterhooks::run()", source)), FrameOwner::project) << "a name that only begins alike";

  EXPECT_EQ(owner_of(frame("std::mutex::lock()", "/usr/include/c++/12/bits/std_mutex.h")), FrameOwner::library);
  EXPECT_EQ(owner_of(frame("void std::sort<int*>(int*, int*)")), FrameOwner::library);
  EXPECT_EQ(owner_of(frame("tenter::Mutex::unlock()", "/src/lib/sync/mutex.cc")), FrameOwner::library);
  EXPECT_EQ(owner_of(frame("void tenter::go<main::$_0>(main::$_0&&)", "/src/lib/include/tenter/task.h")),
            FrameOwner::library);
  EXPECT_EQ(owner_of(frame("boost::asio::post()", "/usr/include/boost/asio/post.hpp")), FrameOwner::library);
  EXPECT_EQ(owner_of(frame("qsort", "", "/lib/x86_64-linux-gnu/libc.so.6")), FrameOwner::library);

  EXPECT_EQ(
      owner_of(frame("tenter::detail::Scheduler::run_main(void (*)(void*), void*)", "/src/lib/task/scheduler.cc")),
      FrameOwner::glue);
  EXPECT_EQ(owner_of(frame("void std::__invoke_impl<void, main::$_0>(std::__invoke_other, main::$_0&&)")),
            FrameOwner::glue);
  EXPECT_EQ(owner_of(frame("operator new(unsigned long)", "", "/lib/x86_64-linux-gnu/libstdc++.so.6")),
            FrameOwner::glue);
  EXPECT_EQ(owner_of(frame("__tsan_write8")), FrameOwner::glue);
  EXPECT_EQ(owner_of(frame("anything", source, "/usr/lib/libtenter_record.so")), FrameOwner::glue);
  EXPECT_EQ(owner_of(frame("start_thread")), FrameOwner::glue);
  EXPECT_EQ(owner_of(frame("start_thread_pool()", source)), FrameOwner::project);

  EXPECT_EQ(owner_of(frame("")), FrameOwner::unknown);
  EXPECT_EQ(owner_of(frame("place 21", "", "")), FrameOwner::unknown);
}

TEST(FrameOwner, knows_what_starts_a_thread_where_gcc_has_inlined_it) {
  Frame frame;
  frame.module = "/home/ann/bank";
  frame.function = "__invoke_impl<void, main()::<lambda(long int)>, int>";
  frame.file = "/usr/include/c++/12/bits/invoke.h";
  EXPECT_EQ(owner_of(frame), FrameOwner::glue);
  frame.function = "operator()";
  frame.file = "/usr/include/c++/12/bits/std_thread.h";
  EXPECT_EQ(owner_of(frame), FrameOwner::glue);
  frame.function = "thread<main()::<lambda(long int)>&, int>";
  EXPECT_EQ(owner_of(frame), FrameOwner::library) << "who creates one wants to see it";
  frame.function = "operator()";
  frame.file = "/home/ann/bank/main.cc";
  EXPECT_EQ(owner_of(frame), FrameOwner::project);
}

TEST(FrameOwner, without_lines_is_told_by_the_module) {
  EXPECT_EQ(owner_of(frame("add(int)", "", "/home/ann/bank")), FrameOwner::project);
  EXPECT_EQ(owner_of(frame("ZSTD_compress", "", "/usr/lib/x86_64-linux-gnu/libzstd.so.1")), FrameOwner::library);
}

TEST(TrimGlue, leaves_what_a_person_looks_for) {
  std::vector<Frame> stack = {frame("__tsan_write8"),
                              frame("add(int)", "a.cc"),
                              frame("std::function<void ()>::operator()() const", "/usr/include/c++/12/std_function.h"),
                              frame("work()", "a.cc"),
                              frame("void std::__invoke<f>(f&&)"),
                              frame("std::thread::_State_impl<f>::_M_run()"),
                              frame("std::something_outside()"),
                              frame("start_thread")};
  trim_glue(stack);
  EXPECT_EQ(names(stack),
            (std::vector<std::string>{"add(int)", "std::function<void ()>::operator()() const", "work()"}));
}

TEST(TrimGlue, drops_what_lies_between_two_frames_of_the_project) {
  std::vector<Frame> stack = {frame("callback()", "a.cc"), frame("tenter::detail::once_call(void*)", "once.cc"),
                              frame("tenter::Once::call(f)", "/x/include/tenter/sync.h"), frame("main", "a.cc")};
  trim_glue(stack);
  EXPECT_EQ(names(stack), (std::vector<std::string>{"callback()", "tenter::Once::call(f)", "main"}));
}

// Built without -g there is no frame of main()'s lambda, and no line of anything; of a local symbol the file is known.
TEST(TrimGlue, keeps_the_template_that_the_users_lambda_was_inlined_into) {
  const auto plain = [](const char* function, const char* module) {
    Frame one = frame(function);
    one.module = module;
    return one;
  };
  Frame start = plain("std::thread::_State_impl<std::thread::_Invoker<main::$_0>>::_M_run()", "/app/run");
  start.file = "app.cc";
  const Frame outside = plain("execute_native_thread_routine", "/lib/libstdc++.so.6");
  std::vector<Frame> stack = {start, outside};
  trim_glue(stack);
  EXPECT_EQ(names(stack), (std::vector<std::string>{start.function}));
  stack = {plain("add_one()", "/app/run"), start, outside};
  trim_glue(stack);
  EXPECT_EQ(names(stack), (std::vector<std::string>{"add_one()"}));
}

TEST(TrimGlue, never_leaves_nothing) {
  std::vector<Frame> stack = {frame("tenter::detail::worker()"), frame("start_thread")};
  trim_glue(stack);
  EXPECT_EQ(stack.size(), 2u);
  std::vector<Frame> none;
  trim_glue(none);
  EXPECT_TRUE(none.empty());
}

TEST(TrimGlue, keeps_a_stack_without_names) {
  std::vector<Frame> stack = {frame(""), frame("")};
  trim_glue(stack);
  EXPECT_EQ(stack.size(), 2u);
}

}  // namespace
}  // namespace tenter::analysis
