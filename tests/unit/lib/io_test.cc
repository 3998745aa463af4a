// Descriptors: when a wait ends, who is woken, and what is an error.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "everywhere.h"
#include "io/poller.h"

namespace tenter {
namespace {

using namespace std::chrono_literals;

// Two connected descriptors that close themselves.
class Ends {
 public:
  static Ends of_pipe() {
    Ends ends;
    EXPECT_EQ(pipe2(ends.fds_.data(), O_NONBLOCK | O_CLOEXEC), 0);
    return ends;
  }
  static Ends of_socket() {
    Ends ends;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.fds_.data()), 0);
    return ends;
  }
  Ends(Ends&& other) noexcept : fds_(std::exchange(other.fds_, {-1, -1})) {}
  ~Ends() {
    for (std::size_t i = 0; i < 2; ++i) { close(i); }
  }
  int operator[](std::size_t i) const { return fds_[i]; }
  void close(std::size_t i) {
    if (fds_[i] >= 0) { ::close(std::exchange(fds_[i], -1)); }
  }

 private:
  Ends() = default;
  std::array<int, 2> fds_{-1, -1};
};

void put(int fd, std::size_t count = 1) {
  const std::string bytes(count, 'x');
  EXPECT_EQ(::write(fd, bytes.data(), count), static_cast<ssize_t>(count));
}
std::size_t take(int fd) {
  std::array<char, 65536> bytes;
  const ssize_t n = ::read(fd, bytes.data(), bytes.size());
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}
void fill(int fd) {
  std::array<char, 4096> bytes{};
  while (::write(fd, bytes.data(), bytes.size()) > 0) {}
}

int code_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const std::system_error& error) { return error.code().value(); }
  return 0;
}

class Descriptors : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Descriptors, all_places(), place_name);

TEST_P(Descriptors, AReaderWaitsForBytes) {
  here([&] {
    const Ends ends = Ends::of_pipe();
    std::atomic<bool> woken{false};
    spawn([&] {
      EXPECT_TRUE(wait_readable(ends[0]));
      woken = true;
      EXPECT_EQ(take(ends[0]), 3u);
    });
    until_waiting(1);
    EXPECT_FALSE(woken);
    put(ends[1], 3);
    join();
  });
}

TEST_P(Descriptors, AWriterWaitsForRoom) {
  here([&] {
    const Ends ends = Ends::of_pipe();
    fill(ends[1]);
    spawn([&] {
      EXPECT_TRUE(wait_writable(ends[1]));
      put(ends[1]);
    });
    until_waiting(1);
    while (take(ends[0]) > 0) {}
    join();
  });
}

TEST_P(Descriptors, WhatIsReadyIsNotWaitedFor) {
  here([&] {
    const Ends ends = Ends::of_socket();
    put(ends[1]);
    EXPECT_TRUE(wait_readable(ends[0]));
    EXPECT_TRUE(wait_readable(ends[0]));  // it still is
    EXPECT_TRUE(wait_writable(ends[0]));
    EXPECT_EQ(take(ends[0]), 1u);
  });
}

TEST_P(Descriptors, AnEndOfFileIsReady) {
  here([&] {
    Ends ends = Ends::of_socket();
    spawn([&] {
      EXPECT_TRUE(wait_readable(ends[0]));
      EXPECT_EQ(take(ends[0]), 0u);
    });
    until_waiting(1);
    shutdown(ends[1], SHUT_WR);
    join();
  });
}

TEST_P(Descriptors, AHangUpIsReadyForBothDirections) {
  here([&] {
    Ends ends = Ends::of_socket();
    fill(ends[0]);
    spawn([&] { EXPECT_TRUE(wait_readable(ends[0])); });
    spawn([&] { EXPECT_TRUE(wait_writable(ends[0])); });
    until_waiting(2);
    ends.close(1);
    join();
  });
}

TEST_P(Descriptors, AnErrorIsReady) {
  here([&] {
    Ends ends = Ends::of_pipe();
    fill(ends[1]);
    spawn([&] { EXPECT_TRUE(wait_writable(ends[1])); });
    until_waiting(1);
    ends.close(0);
    join();
  });
}

TEST_P(Descriptors, BothDirectionsOfOneAreWaitedForApart) {
  here([&] {
    const Ends ends = Ends::of_socket();
    fill(ends[0]);
    std::atomic<bool> read{false};
    std::atomic<bool> written{false};
    spawn([&] {
      EXPECT_TRUE(wait_readable(ends[0]));
      read = true;
    });
    spawn([&] {
      EXPECT_TRUE(wait_writable(ends[0]));
      written = true;
    });
    until_waiting(2);
    put(ends[1]);
    while (!read) { yield(); }
    until_waiting(1);
    EXPECT_FALSE(written);
    while (take(ends[1]) > 0) {}
    join();
    EXPECT_TRUE(written);
  });
}

TEST_P(Descriptors, AllWhoWaitAreWoken) {
  here([&] {
    const Ends ends = Ends::of_pipe();
    for (int i = 0; i < 5; ++i) {
      spawn([&] { EXPECT_TRUE(wait_readable(ends[0])); });
    }
    until_waiting(5);
    put(ends[1]);
    join();
  });
}

TEST_P(Descriptors, AWaitEndsAtItsDeadline) {
  here([&] {
    const Ends ends = Ends::of_pipe();
    const auto start = std::chrono::steady_clock::now();
    const auto deadline = now() + 2ms;
    EXPECT_FALSE(wait_readable(ends[0], deadline));
    // Tasks go by now(), which may be virtual; threads cannot do without real time.
    EXPECT_TRUE(in_tasks() ? now() >= deadline : std::chrono::steady_clock::now() >= start + 2ms);
    fill(ends[1]);
    EXPECT_FALSE(wait_writable(ends[1], now() + 1ms));
    // What was waited for in vain can be waited for again.
    EXPECT_TRUE(wait_readable(ends[0], now() + 1h));
  });
}

TEST_P(Descriptors, OnlyTheOneWhoseDeadlineCameStopsWaiting) {
  here([&] {
    const Ends ends = Ends::of_pipe();
    std::atomic<bool> gave_up{false};
    spawn([&] { EXPECT_TRUE(wait_readable(ends[0])); });
    spawn([&] { EXPECT_TRUE(wait_readable(ends[0], now() + 1h)); });
    until_waiting(2);
    spawn([&] {
      EXPECT_FALSE(wait_readable(ends[0], now() + 1ms));
      gave_up = true;
    });
    while (!gave_up) { yield(); }
    until_waiting(2);
    put(ends[1]);
    join();
  });
}

TEST_P(Descriptors, ADeadlineThatHasPassedMeansToLook) {
  here([&] {
    const Ends ends = Ends::of_pipe();
    EXPECT_FALSE(wait_readable(ends[0], now()));
    EXPECT_FALSE(wait_readable(ends[0], TimePoint::min()));
    put(ends[1]);
    EXPECT_TRUE(wait_readable(ends[0], TimePoint::min()));
    EXPECT_EQ(code_of([] { wait_readable(-1, TimePoint::min()); }), EBADF);
  });
}

TEST_P(Descriptors, TheFarthestDeadlineIsOne) {
  here([&] {
    const Ends ends = Ends::of_pipe();
    spawn([&] { EXPECT_TRUE(wait_readable(ends[0], TimePoint::max())); });
    until_waiting(1);
    put(ends[1]);
    join();
  });
}

TEST_P(Descriptors, ARegularFileIsAlwaysReady) {
  here([&] {
    std::FILE* const file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    EXPECT_TRUE(wait_readable(fileno(file)));
    EXPECT_TRUE(wait_writable(fileno(file)));
    std::fclose(file);
  });
}

TEST_P(Descriptors, WhatIsNotOpenIsAnError) {
  here([&] {
    EXPECT_EQ(code_of([] { wait_readable(-1); }), EBADF);
    EXPECT_EQ(code_of([] { wait_writable(-7, now() + 1h); }), EBADF);
    EXPECT_EQ(code_of([] { wait_readable(1'000'000'000); }), EBADF);
    Ends ends = Ends::of_pipe();
    const int number = ends[0];
    EXPECT_FALSE(wait_readable(number, now() + 1us));
    ends.close(0);
    EXPECT_EQ(code_of([&] { wait_readable(number); }), EBADF);
    try {
      wait_writable(-1);
      FAIL() << "should have thrown";
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find("wait_writable: descriptor -1"), std::string::npos) << error.what();
    }
  });
}

// The kernel forgets a descriptor when it is closed, and gives its number to the next.
TEST_P(Descriptors, ANumberThatIsUsedAgainIsAnotherDescriptor) {
  here([&] {
    int number = -1;
    for (int i = 0; i < 20; ++i) {
      Ends ends = i % 2 == 0 ? Ends::of_pipe() : Ends::of_socket();
      if (number < 0) { number = ends[0]; }
      ASSERT_EQ(ends[0], number);
      EXPECT_FALSE(wait_readable(ends[0], now() + 1us));
      put(ends[1]);
      EXPECT_TRUE(wait_readable(ends[0]));
    }
  });
}

// The file of the old number lives on under another one, and what happens to it is none of the new one's business.
TEST_P(Descriptors, AnEventOfAFileThatHadTheNumberBeforeWakesNobody) {
  here([&] {
    const Ends old_ends = Ends::of_pipe();
    const Ends new_ends = Ends::of_pipe();
    const int number = fcntl(old_ends[0], F_DUPFD_CLOEXEC, 100);
    EXPECT_FALSE(wait_readable(number, now() + 1us));  // the kernel keeps watching the old file
    ASSERT_EQ(dup3(new_ends[0], number, O_CLOEXEC), number);
    spawn([&] { EXPECT_TRUE(wait_readable(number, now() + 1h)); });
    until_waiting(1);
    put(old_ends[1]);
    for (int i = 0; i < 20; ++i) { EXPECT_FALSE(wait_readable(new_ends[0], now() + 100us)); }
    EXPECT_EQ(detail::count_waiting(), 1u);
    put(new_ends[1]);
    join();
    // And back: the kernel still knows it by this number.
    ASSERT_EQ(dup3(old_ends[0], number, O_CLOEXEC), number);
    EXPECT_TRUE(wait_readable(number));
    take(number);
    EXPECT_FALSE(wait_readable(number, now() + 1us));
    ::close(number);
  });
}

TEST_P(Descriptors, ManyAtATime) {
  here([&] {
    std::vector<Ends> all;
    for (int i = 0; i < 100; ++i) { all.push_back(Ends::of_socket()); }
    std::atomic<int> echoed{0};
    for (const Ends& ends : all) {
      spawn([&] {
        for (int round = 0; round < 20; ++round) {
          EXPECT_TRUE(wait_readable(ends[1]));
          EXPECT_EQ(take(ends[1]), 1u);
          put(ends[1]);
        }
      });
    }
    for (int round = 0; round < 20; ++round) {
      for (const Ends& ends : all) { put(ends[0]); }
      for (const Ends& ends : all) {
        EXPECT_TRUE(wait_readable(ends[0]));
        EXPECT_EQ(take(ends[0]), 1u);
        ++echoed;
      }
    }
    EXPECT_EQ(echoed, 2000);
    join();
  });
}

// A task that is always ready must not keep the workers from looking at descriptors.
TEST_P(Descriptors, BusyTasksDoNotKeepDescriptorsWaiting) {
  here([&] {
    const Ends ends = Ends::of_pipe();
    std::atomic<bool> stop{false};
    for (int i = 0; i < 5; ++i) {
      spawn([&] {
        while (!stop) { yield(); }
      });
    }
    spawn([&] {
      EXPECT_TRUE(wait_readable(ends[0]));
      stop = true;
    });
    until_waiting(1);
    put(ends[1]);
    join();
  });
}

// The watcher has got up and does not come back: another idle worker has to see to the descriptors.
TEST(DescriptorsOfTasks, AWorkerThatIsBusyForLongHoldsUpNoEvent) {
  const int before = max_workers();
  set_max_workers(2);
  if (max_workers() < 2) { GTEST_SKIP() << "the seeded scheduler has one worker"; }
  run([] {
    const Ends first = Ends::of_pipe();
    const Ends second = Ends::of_pipe();
    std::atomic<bool> second_seen{false};
    std::atomic<bool> busy{false};
    WaitGroup group;
    group.go([&] {
      wait_readable(first[0]);
      busy = true;
      while (!second_seen) {}  // no library call
    });
    group.go([&] {
      wait_readable(second[0]);
      second_seen = true;
    });
    std::thread outside([&] {
      while (detail::count_waiting() != 3) { std::this_thread::yield(); }
      put(first[1]);
      while (!busy) { std::this_thread::yield(); }
      put(second[1]);
    });
    group.wait();
    blocking([&] { outside.join(); });
  });
  set_max_workers(before);
}

// Whoever closes what others wait for makes a mistake, and they are told.
TEST(DescriptorsOfTasks, ClosingWhatIsWaitedForIsNoticed) {
  run([] {
    Ends ends = Ends::of_pipe();
    WaitGroup group;
    for (int i = 0; i < 2; ++i) {
      group.go([number = ends[0]] { EXPECT_EQ(code_of([&] { wait_readable(number); }), EBADF); });
    }
    until_waiting(2);
    ends.close(0);
    group.wait();
  });
}

TEST(DescriptorsOfTasks, ClosingIsNoticedByTheNextWaitForTheSameNumber) {
  run([] {
    Ends ends = Ends::of_pipe();
    const int number = ends[0];
    WaitGroup group;
    group.go([&] { EXPECT_EQ(code_of([&] { wait_readable(number); }), EBADF); });
    until_waiting(1);
    ends.close(0);
    const Ends next = Ends::of_pipe();
    ASSERT_EQ(next[0], number);
    put(next[1]);
    EXPECT_TRUE(wait_readable(number));
    group.wait();
  });
}

TEST(DescriptorsOfTasks, AWaitInsideABlockingCall) {
  run([] {
    const Ends ends = Ends::of_pipe();
    WaitGroup group;
    group.go([&] {
      blocking([&] {
        EXPECT_TRUE(wait_readable(ends[0]));
        EXPECT_EQ(take(ends[0]), 1u);
      });
    });
    until_waiting(1);
    put(ends[1]);
    group.wait();
  });
}

// What the kernel's answer about this descriptor will carry.
std::uint64_t tag_of(int fd) {
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
      int number = -1;
      unsigned events = 0;
      std::uint64_t data = 0;
      if (std::sscanf(line.c_str(), "tfd: %d events: %x data: %" SCNx64, &number, &events, &data) == 3 &&
          number == fd) {
        return data;
      }
    }
  }
  ADD_FAILURE() << "nothing asks for descriptor " << fd;
  return 0;
}

// A worker may be slow to read what the kernel told it. When the kernel was asked again meanwhile it tells it twice, and the
// bytes may have been read, and the next ones waited for, before the slow one goes on.
TEST(DescriptorsOfTasks, AnAnswerToAnEarlierQuestionWakesNobody) {
  run([] {
    const Ends ends = Ends::of_socket();
    fill(ends[1]);
    WaitGroup group;
    group.go([&] { EXPECT_TRUE(wait_readable(ends[1])); });
    until_waiting(1);
    const std::uint64_t earlier = tag_of(ends[1]);
    EXPECT_FALSE(wait_writable(ends[1], now() + 100us));
    EXPECT_NE(tag_of(ends[1]), earlier);
    epoll_event answer{};
    answer.events = EPOLLIN;
    answer.data.u64 = earlier;
    EXPECT_EQ(detail::Poller::instance().take({&answer, 1}), nullptr);
    put(ends[0]);
    group.wait();
  });
}

// The tasks that are left behind are not woken, and their waits are in nobody's way.
TEST(DescriptorsOfTasks, WaitsOfARunThatHasEnded) {
  const Ends ends = Ends::of_pipe();
  std::atomic<int> woken{0};
  run([&] {
    for (int i = 0; i < 3; ++i) {
      go([&] {
        wait_readable(ends[0]);
        ++woken;
      });
    }
    until_waiting(3);
  });
  run([&] {
    put(ends[1]);
    EXPECT_TRUE(wait_readable(ends[0]));
    for (int i = 0; i < 10; ++i) { yield(); }
  });
  EXPECT_EQ(woken, 0);
}

}  // namespace
}  // namespace tenter
