// What happens to the recording, and to the program, when things go wrong.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "record/atomic.h"
#include "record/record.h"
#include "recorded.h"

using namespace tenter;
using tenter::test::recorded;
using tenter::test::Recorded;
using tenter::trace::Op;

namespace {

constexpr std::uintptr_t code = 0x5555'0000'1000;
constexpr std::uintptr_t data = 0x7fff'1234'5678;

// Not neighbours: those would be one event.
constexpr std::uint64_t stride = 16;

void write_accesses(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    record::access(reinterpret_cast<const char*>(data + i * stride), 3, true, code);
  }
}

TEST(Survival, after_kill_9_every_event_is_there) {
  for (const std::uint64_t count : {0u, 1u, 5u, 8'000u, 8'182u, 8'183u, 20'000u}) {
    const Recorded run = recorded([&] {
      write_accesses(count);
      raise(SIGKILL);
    });
    ASSERT_EQ(run.refused, "");
    EXPECT_TRUE(WIFSIGNALED(run.status));
    EXPECT_FALSE(run.info.complete);
    EXPECT_EQ(run.of(Op::access_range).size(), count);
  }
}

TEST(Survival, after_kill_9_at_any_moment_what_is_there_is_a_prefix) {
  for (int i = 0; i < 20; ++i) {
    const Recorded run = recorded([&] {
      std::thread([i] {
        // Killed after so many turns of another thread: a different moment each time, and no clock.
        for (std::atomic<int> turns{0}; turns.load() < i * 1'000; ++turns) {}
        raise(SIGKILL);
      }).detach();
      write_accesses(~std::uint64_t{0});
    });
    ASSERT_EQ(run.refused, "");
    std::uint64_t expected = data;
    for (const auto& access : run.of(Op::access_range)) {
      ASSERT_EQ(access.object, expected);
      expected += stride;
    }
  }
}

TEST(Survival, after_kill_9_a_run_is_as_long_as_it_got) {
  const Recorded run = recorded([] {
    for (std::uint64_t i = 0; i < 5'000'000; ++i) {
      record::access(reinterpret_cast<const char*>(data + i * 4), 2, false, code);
    }
    raise(SIGKILL);
  });
  ASSERT_EQ(run.refused, "");
  EXPECT_EQ(run.of(Op::access_range).size(), 5'000'000u);
}

// Addresses in no order that an encoder of events could foresee.
std::uint64_t scattered(std::uint64_t i) { return data + (i * 0x9e3779b97f4a7c15u >> 36) * 8; }

TEST(Survival, a_full_disk_stops_the_recording_and_not_the_program) {
  const Recorded run = recorded([] {
    struct rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = 200'000;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
      record::access(reinterpret_cast<const char*>(scattered(i)), 2, true, code);
    }
  });
  EXPECT_TRUE(WIFEXITED(run.status));
  EXPECT_EQ(run.refused, "");
  EXPECT_FALSE(run.info.complete);
  EXPECT_NE(run.standard_error.find("the program runs on"), std::string::npos) << run.standard_error;
  EXPECT_EQ(std::count(run.standard_error.begin(), run.standard_error.end(), '\n'), 1);
  const auto accesses = run.of(Op::access_range);
  ASSERT_GT(accesses.size(), 8'000u) << "what was written before is kept";
  for (std::size_t i = 0; i < accesses.size(); ++i) { ASSERT_EQ(accesses[i].object, scattered(i)); }
}

TEST(Survival, a_path_that_cannot_be_written_is_one_sentence_and_no_recording) {
  for (const char* path : {"/nonexistent/x.tent", "/", "/dev/null", "/proc/self/status"}) {
    const Recorded run = recorded(
        [path] {
          // The second `output` wins over the one that recorded() sets.
          write_accesses(10);
          EXPECT_FALSE(record::active()) << path;
        },
        {.options = std::string("output=") + path});
    EXPECT_TRUE(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 0) << path;
    EXPECT_NE(run.standard_error.find("cannot record to"), std::string::npos) << run.standard_error;
    EXPECT_EQ(std::count(run.standard_error.begin(), run.standard_error.end(), '\n'), 1) << run.standard_error;
  }
}

TEST(Survival, a_symbolic_link_is_not_followed) {
  const std::string directory = test::recording_directory();
  const std::string target = directory + "/precious";
  const std::string link = directory + "/link.tent";
  std::ofstream(target) << "keep me";
  std::filesystem::create_symlink(target, link);
  const Recorded run = recorded([] { write_accesses(10); }, {.options = "output=" + link});
  EXPECT_NE(run.standard_error.find("symbolic link"), std::string::npos) << run.standard_error;
  EXPECT_EQ(std::filesystem::file_size(target), 7u);
}

TEST(Survival, a_program_that_closes_all_descriptors_is_still_recorded) {
  const Recorded run = recorded([] {
    write_accesses(5);
    for (int fd = 3; fd < 2'000; ++fd) { close(fd); }
    const int reused = open("/dev/null", O_RDONLY);
    write_accesses(30'000);
    close(reused);
  });
  EXPECT_TRUE(run.info.complete) << run.standard_error;
  EXPECT_EQ(run.of(Op::access_range).size(), 30'000u);
}

TEST(Survival, a_forked_child_has_a_recording_of_its_own) {
  const Recorded run = recorded([] {
    record::access(reinterpret_cast<const char*>(data), 3, true, code);
    const pid_t child = fork();
    if (child == 0) {
      record::forked_child();
      write_accesses(20'000);
      record::finish(0);
      std::ofstream(test::recording_directory() + "/child") << getpid();
      _exit(0);
    }
    waitpid(child, nullptr, 0);
    record::access(reinterpret_cast<const char*>(data + 8), 3, true, code);
  });
  EXPECT_TRUE(run.info.complete);
  EXPECT_EQ(run.of(Op::access_range).size(), 2u) << "the parent's file holds the parent's events";
  std::string child;
  std::ifstream(test::recording_directory() + "/child") >> child;
  const Recorded of_child = test::read_back(run.path + "." + child);
  EXPECT_EQ(of_child.refused, "");
  EXPECT_TRUE(of_child.info.complete);
  EXPECT_EQ(std::to_string(of_child.info.process_id), child);
  EXPECT_EQ(of_child.of(Op::access_range).size(), 20'000u);
  ASSERT_EQ(of_child.of(Op::task_start).size(), 1u);
  EXPECT_EQ(of_child.of(Op::task_start)[0].arg, static_cast<std::uint8_t>(trace::TaskKind::main));
}

TEST(Survival, a_child_forked_while_threads_record_does_not_hang) {
  const Recorded run = recorded([] {
    static std::atomic<bool> stop{false};
    std::thread busy([] {
      constexpr std::uint64_t enough = 200'000;  // the file is read back
      for (std::uint64_t i = 0; !stop; ++i) {
        if (i < enough) {
          record::sync(Op::release, 0, 0, reinterpret_cast<const char*>(data), code);
          record::access(reinterpret_cast<const char*>(data + i % 4096 * 8), 3, true, code);
        }
        std::this_thread::yield();
      }
      record::thread_end();
    });
    for (int i = 0; i < 100; ++i) {
      const pid_t child = fork();
      if (child == 0) {
        record::forked_child();
        write_accesses(100);
        record::sync(Op::release, 0, 0, reinterpret_cast<const char*>(data), code);
        record::finish(0);
        _exit(7);
      }
      int status = 0;
      waitpid(child, &status, 0);
      ASSERT_EQ(WEXITSTATUS(status), 7);
    }
    stop = true;
    busy.join();
  });
  EXPECT_TRUE(WIFEXITED(run.status));
  EXPECT_TRUE(run.info.complete) << (run.info.damage.empty() ? "" : run.info.damage[0]);
}

TEST(Survival, two_processes_with_one_output_do_not_write_over_each_other) {
  const Recorded run = recorded([] {
    write_accesses(10);
    // Another program, which starts its own recorder with the same TENTER_OPTIONS.
    const pid_t child = fork();
    if (child == 0) {
      execl(SHORT_PROGRAM, SHORT_PROGRAM, nullptr);
      _exit(1);
    }
    waitpid(child, nullptr, 0);
    write_accesses(30'000);
  });
  EXPECT_TRUE(run.info.complete);
  EXPECT_EQ(run.of(Op::access_range).size(), 30'000u);
}

TEST(Survival, exec_begins_another_file) {
  const Recorded run = recorded([] {
    write_accesses(10);
    record::before_exec();
    execl(SHORT_PROGRAM, SHORT_PROGRAM, nullptr);
    _exit(1);
  });
  EXPECT_EQ(run.of(Op::access_range).size(), 10u) << "what was recorded before exec is kept";
  EXPECT_TRUE(run.info.complete) << "no other thread could have added to it";
  EXPECT_EQ(run.info.end, "exec");
}

TEST(Survival, exec_among_threads_has_no_end_mark) {
  const Recorded run = recorded([] {
    static std::atomic<bool> started{false};
    std::thread([] {
      write_accesses(10);
      started = true;
      for (;;) { std::this_thread::yield(); }
    }).detach();
    while (!started) { std::this_thread::yield(); }
    record::before_exec();
    execl(SHORT_PROGRAM, SHORT_PROGRAM, nullptr);
    _exit(1);
  });
  EXPECT_EQ(run.of(Op::access_range).size(), 10u);
  EXPECT_FALSE(run.info.complete);
}

TEST(Survival, after_an_exec_that_failed_the_recording_goes_on) {
  const Recorded run = recorded([] {
    for (int i = 0; i < 3; ++i) {
      write_accesses(10'000);
      record::before_exec();
      execl("/nonexistent", "nonexistent", nullptr);
      record::after_failed_exec();
      record::sync(Op::release, 0, 0, reinterpret_cast<const char*>(data), code);  // so that each round is seen again
    }
  });
  EXPECT_EQ(run.of(Op::access_range).size(), 30'000u);
  EXPECT_TRUE(run.info.complete) << (run.info.damage.empty() ? "" : run.info.damage[0]);
  EXPECT_EQ(run.info.end, "exited 0");
}

TEST(Survival, a_child_of_a_number_that_was_used_before_writes_beside_the_old_file) {
  const Recorded run = recorded(
      [] {
        for (int i = 0; i < 2; ++i) {
          const pid_t child = fork();
          if (child == 0) {
            const std::string own = test::recording_directory() + "/old." + std::to_string(getpid());
            std::ofstream(own) << "an earlier child's";
            record::forked_child();
            write_accesses(5);
            record::finish(0);
            std::string kept;
            std::getline(std::ifstream(own), kept);
            _exit(kept == "an earlier child's" && access((own + ".2").c_str(), F_OK) == 0 ? 0 : 1);
          }
          int status = 0;
          waitpid(child, &status, 0);
          ASSERT_EQ(status, 0);
        }
      },
      {.options = "output=" + test::recording_directory() + "/old"});
  EXPECT_TRUE(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 0);
}

TEST(Survival, threads_that_run_on_while_the_program_ends_are_cut_and_not_torn) {
  const Recorded run = recorded([] {
    static std::atomic<int> started{0};
    for (int t = 0; t < 4; ++t) {
      std::thread([] {
        ++started;
        for (std::uint64_t i = 0;; ++i) { record::access(reinterpret_cast<const char*>(data + i * 8), 3, true, code); }
      }).detach();
    }
    while (started < 4) { std::this_thread::yield(); }
  });
  EXPECT_TRUE(WIFEXITED(run.status));
  EXPECT_TRUE(run.info.damage.empty()) << run.info.damage[0];
  for (const auto& access : run.of(Op::access_range)) { ASSERT_EQ((access.object - data) % 8, 0u); }
}

// Events of an order are numbered: a number that is missing while a later one is there makes the rest useless.
void expect_no_gaps(const Recorded& run) {
  std::map<std::uint32_t, std::set<std::uint64_t>> counts;
  for (const auto& event : run.events) {
    if (event.has_ticket) { ASSERT_TRUE(counts[event.stripe].insert(event.count).second); }
  }
  for (const auto& [stripe, seen] : counts) {
    ASSERT_EQ(*seen.begin(), 0u);
    ASSERT_EQ(*seen.rbegin(), seen.size() - 1) << "stripe " << stripe;
  }
}

TEST(Survival, what_other_threads_do_after_the_end_is_no_loss) {
  for (int i = 0; i < 25; ++i) {
    const Recorded run = recorded([i] {
      static std::atomic<int> turns{0};
      static std::atomic<std::uint64_t> shared{0};
      for (int t = 0; t < 3; ++t) {
        std::thread([] {
          for (std::uint64_t k = 0;; ++k, ++turns) {
            record::atomically(
                &shared, code, [] { return ++shared; },
                [](std::uint64_t) { return record::AtomicEvent{Op::atomic_rmw, 5, 8}; });
            record::sync(Op::release, 0, 0, reinterpret_cast<const char*>(data), code);
            record::access(reinterpret_cast<const char*>(data + k % 4096 * 8), 3, true, code);
            record::alloc(reinterpret_cast<const char*>(data), 64, trace::MemoryKind::heap, code);
            record::free(reinterpret_cast<const char*>(data), 64, trace::MemoryKind::heap, code);
          }
        }).detach();
      }
      // Threads that the recorder has not seen before, too.
      std::thread([] {
        for (;;) {
          std::thread([] {
            record::sync(Op::release, 0, 0, reinterpret_cast<const char*>(data), code);
            record::thread_end();
          }).join();
          ++turns;
        }
      }).detach();
      while (turns < 5'000 + i * 97) { std::this_thread::yield(); }
    });
    ASSERT_TRUE(WIFEXITED(run.status) && WEXITSTATUS(run.status) == 0);
    ASSERT_EQ(run.refused, "");
    ASSERT_TRUE(run.info.damage.empty()) << run.info.damage[0];
    ASSERT_EQ(run.info.lost_events, 0u);
    ASSERT_TRUE(run.info.complete);
    ASSERT_GT(run.of(Op::release).size(), 1'000u);
    expect_no_gaps(run);
  }
}

TEST(Survival, verbosity_and_help_speak_on_standard_error) {
  const Recorded run = recorded([] {}, {.options = "verbosity=1:help=1"});
  EXPECT_NE(run.standard_error.find("recording to " + run.path), std::string::npos) << run.standard_error;
  EXPECT_NE(run.standard_error.find("output=PATH"), std::string::npos);
}

}  // namespace
