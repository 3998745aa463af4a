// The helper encodes windows that others have filled. Whatever it is in the middle of, and however the program ends, the recording
// is what it would have been without one; and it is there only among threads.
#include "record/helper.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "record/record.h"
#include "record/recorder.h"
#include "record/thread.h"
#include "recorded.h"

using namespace tenter;
using tenter::test::HowToRecord;
using tenter::test::read_back;
using tenter::test::recorded;
using tenter::test::Recorded;
using tenter::test::recording_directory;
using tenter::trace::Op;

namespace {

constexpr std::uintptr_t code = 0x5555'0000'1000;
constexpr std::uintptr_t data = 0x7fff'1234'0000;
constexpr std::uintptr_t elsewhere = 0x1000'0000'0000;  // where another thread's accesses begin
constexpr std::uint64_t stride = 16;                    // no neighbours: those would be one event
constexpr std::uint64_t of_a_window = 8'200;            // accesses, and a few more
constexpr std::uint64_t enough = 12 * of_a_window;      // for a second window, and to go from one to the other

void expect_in_child(bool good, const char* what) {
  if (good) { return; }
  const std::string sentence = std::string("not so: ") + what + "\n";
  if (write(2, sentence.data(), sentence.size()) < 0) { abort(); }
  _exit(77);
}

void write_accesses(std::uint64_t count, std::uint64_t begin = data) {
  for (std::uint64_t i = 0; i < count; ++i) {
    record::access(reinterpret_cast<const char*>(begin + i * stride), 3, true, code);
  }
}

bool helper_can_be() {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 1;
}

// 0: there is none.
int helper_id() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(entry.path() / "comm") >> name;
    if (name == "tenter-helper") { return std::stoi(entry.path().filename()); }
  }
  return 0;
}

int threads_of_process() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) { ++count; }
  return count;
}

// A thread as the hooks make it. `body` runs on it, and it is the only one besides the main thread.
template <class Body>
std::thread make_thread(Body body) {
  record::Task* task = record::thread_create(trace::TaskKind::thread, code);
  std::thread thread([task, body] {
    record::thread_start(task);
    body();
    record::thread_end();
  });
  record::thread_created(true);
  return thread;
}

// The helper stands still from here on: it takes no signals but SIGSYS, whose handler does not come back.
std::atomic<bool> helper_stands{false};
void stop_helper() {
  struct sigaction action{};
  action.sa_handler = [](int) {
    helper_stands.store(true);
    for (;;) { pause(); }
  };
  sigaction(SIGSYS, &action, nullptr);
  int id = 0;
  while (!record::helper_is_there() || (id = helper_id()) == 0) { std::this_thread::yield(); }
  syscall(SYS_tgkill, getpid(), id, SIGSYS);
  while (!helper_stands.load()) { std::this_thread::yield(); }
}

record::Spare spare_of(const record::Thread& thread) {
  return record::Spare{__atomic_load_n(&thread.spare, __ATOMIC_ACQUIRE)};
}
record::Spare spare_of_this_thread() { return spare_of(*record::state.thread); }

void expect_accesses(const Recorded& run, std::uint64_t begin, std::uint64_t count) {
  std::uint64_t expected = begin;
  for (const auto& access : run.of(Op::access_range)) {
    if ((access.object < data) != (begin < data)) { continue; }
    ASSERT_EQ(access.object, expected);
    expected += stride;
  }
  EXPECT_EQ((expected - begin) / stride, count);
}

class Helper : public testing::Test {
  void SetUp() override {
    if (!helper_can_be()) { GTEST_SKIP() << "one processor: there is never a helper"; }
  }
};

TEST_F(Helper, is_there_while_there_are_other_threads) {
  const Recorded run = recorded([] {
    expect_in_child(threads_of_process() == 1, "one thread at first");
    std::atomic<bool> go{false};
    std::thread other = make_thread([&go] {
      while (!go.load()) { std::this_thread::yield(); }
    });
    expect_in_child(record::helper_is_there() && threads_of_process() == 3, "a helper beside two threads");
    go.store(true);
    other.join();
    expect_in_child(!record::helper_is_there() && helper_id() == 0, "no helper beside the last thread");
    // After so little was written the next thread is not worth one.
    make_thread([] { expect_in_child(!record::helper_is_there(), "no second helper for nothing"); }).join();
    write_accesses(20 * of_a_window);
    make_thread([] {
      while (!record::helper_is_there()) { std::this_thread::yield(); }
    }).join();
  });
  EXPECT_EQ(run.standard_error, "");
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(run.info.complete);
}

TEST_F(Helper, is_not_there_where_room_is_limited) {
  for (const char* limit : {"max_memory=200M", "max_size=100M"}) {
    const Recorded run = recorded(
        [] {
          std::atomic<bool> go{false};
          std::thread other = make_thread([&go] {
            while (!go.load()) { std::this_thread::yield(); }
          });
          expect_in_child(threads_of_process() == 2, "no helper");
          go.store(true);
          other.join();
        },
        {.options = limit});
    EXPECT_EQ(run.standard_error, "") << limit;
    EXPECT_EQ(run.status, 0);
  }
}

TEST_F(Helper, changes_no_event) {
  for (const bool alone : {false, true}) {
    const Recorded run = recorded([alone] {
      cpu_set_t first;
      CPU_ZERO(&first);
      CPU_SET(static_cast<std::size_t>(sched_getcpu()), &first);
      if (alone) { sched_setaffinity(0, sizeof first, &first); }
      std::thread other = make_thread([] { write_accesses(enough, elsewhere); });
      write_accesses(enough);
      expect_in_child(spare_of_this_thread() == record::Spare::none || !alone, "one processor, one window");
      other.join();
    });
    EXPECT_EQ(run.standard_error, "");
    EXPECT_TRUE(run.info.complete);
    expect_accesses(run, data, enough);
    expect_accesses(run, elsewhere, enough);
  }
}

TEST_F(Helper, that_stands_still_leaves_its_queue_to_who_finishes) {
  const Recorded run = recorded([] {
    make_thread([] {
      stop_helper();
      write_accesses(enough);
      expect_in_child(spare_of_this_thread() == record::Spare::full, "a window waits for the helper");
      record::finish(0);
      _exit(0);
    }).join();
  });
  EXPECT_EQ(run.standard_error, "");
  EXPECT_EQ(run.status, 0);
  EXPECT_TRUE(run.info.complete) << (run.info.damage.empty() ? "" : run.info.damage[0]);
  expect_accesses(run, data, enough);
}

TEST_F(Helper, that_stands_still_does_not_keep_a_thread_from_its_end) {
  const Recorded run = recorded([] {
    make_thread([] {
      stop_helper();
      write_accesses(enough);
      expect_in_child(spare_of_this_thread() == record::Spare::full, "a window waits for the helper");
    }).join();
    for (record::Thread* each = record::first_known_thread(); each != nullptr; each = each->next_known) {
      expect_in_child(spare_of(*each) != record::Spare::full, "what waited is a chunk by now");
    }
    write_accesses(20 * of_a_window, elsewhere);
    std::atomic<bool> seen{false};
    std::thread last = make_thread([&seen] {
      while (!seen.load()) { std::this_thread::yield(); }
    });
    expect_in_child(!record::helper_is_there(), "no other helper beside the one that did not go");
    seen.store(true);
    last.join();
  });
  EXPECT_EQ(run.standard_error, "");
  EXPECT_TRUE(run.info.complete);
  expect_accesses(run, data, enough);
}

TEST_F(Helper, after_kill_9_what_waited_for_it_is_there) {
  const Recorded run = recorded([] {
    make_thread([] {
      stop_helper();
      write_accesses(enough);
      expect_in_child(spare_of_this_thread() == record::Spare::full, "a window waits for the helper");
      raise(SIGKILL);
    }).join();
  });
  EXPECT_EQ(run.standard_error, "");
  EXPECT_TRUE(WIFSIGNALED(run.status));
  EXPECT_EQ(run.info.windows_used, 3u) << "the main thread's, the one that waited, and the one after it";
  EXPECT_TRUE(run.info.damage.size() == 1) << "only the end mark is missing";
  expect_accesses(run, data, enough);
}

TEST_F(Helper, at_kill_9_at_any_moment_what_is_there_is_a_prefix) {
  for (int i = 0; i < 20; ++i) {
    const Recorded run = recorded([i] {
      make_thread([] { write_accesses(~std::uint64_t{0}, elsewhere); }).detach();
      std::thread([i, main = record::state.thread] {
        while (spare_of(*main) == record::Spare::none) { std::this_thread::yield(); }
        // A different moment each time, and no clock.
        for (std::atomic<int> turns{0}; turns.load() < i * 10'000; ++turns) {}
        raise(SIGKILL);
      }).detach();
      write_accesses(~std::uint64_t{0});
    });
    ASSERT_EQ(run.refused, "");
    EXPECT_TRUE(WIFSIGNALED(run.status));
    for (const std::uint64_t begin : {data, elsewhere}) {
      std::uint64_t expected = begin;
      for (const auto& access : run.of(Op::access_range)) {
        if ((access.object < data) != (begin < data)) { continue; }
        ASSERT_EQ(access.object, expected);
        expected += stride;
      }
    }
    for (const std::string& sentence : run.info.damage) {
      EXPECT_EQ(sentence.find("lacks"), std::string::npos) << sentence;
      EXPECT_EQ(sentence.find("cannot go on"), std::string::npos) << sentence;
    }
  }
}

TEST_F(Helper, is_not_there_in_a_forked_child_and_its_windows_stay_the_parents) {
  static int round = 0;
  const std::string prefix = "parent." + std::to_string(round++) + ".";
  const Recorded run = recorded(
      [] {
        make_thread([] {
          stop_helper();
          write_accesses(enough);
          expect_in_child(spare_of_this_thread() == record::Spare::full, "a window waits for the helper");
          const pid_t child = fork();
          if (child == 0) {
            record::forked_child();
            expect_in_child(!record::helper_is_there(), "no helper in the child");
            helper_stands.store(false);
            std::atomic<bool> seen{false};
            std::thread other = make_thread([&seen] {
              write_accesses(enough, elsewhere);
              while (!seen.load()) { std::this_thread::yield(); }
            });
            write_accesses(enough);
            expect_in_child(record::helper_is_there(), "a helper of its own");
            seen.store(true);
            other.join();
            expect_in_child(!record::helper_is_there() && helper_id() == 0, "gone again");
            record::finish(0);
            _exit(0);
          }
          int status = 0;
          expect_in_child(waitpid(child, &status, 0) == child && status == 0, "the child ends well");
          record::finish(0);
          _exit(0);
        }).join();
      },
      {.options = "output=" + recording_directory() + "/" + prefix + "%p.tent"});
  EXPECT_EQ(run.standard_error, "");
  EXPECT_EQ(run.status, 0);
  std::size_t recordings = 0;
  for (const auto& entry : std::filesystem::directory_iterator(recording_directory())) {
    if (!entry.path().filename().string().starts_with(prefix)) { continue; }
    const Recorded each = read_back(entry.path());
    EXPECT_TRUE(each.info.complete) << entry.path() << (each.info.damage.empty() ? "" : each.info.damage[0]);
    expect_accesses(each, data, enough);
    ++recordings;
  }
  EXPECT_EQ(recordings, 2u);
}

}  // namespace
