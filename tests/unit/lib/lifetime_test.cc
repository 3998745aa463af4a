// An object may go as soon as a wait on it has returned.
#include <atomic>
#include <memory>
#include <cstring>
#include <mutex>

#include "everywhere.h"

namespace tenter {
namespace {

class Lifetime : public Everywhere {};
INSTANTIATE_TEST_SUITE_P(Places, Lifetime, all_places(), place_name);

constexpr int rounds = 300;

TEST_P(Lifetime, AWaitGroupMayGoAfterWait) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto group = std::make_unique<WaitGroup>();
      group->add(2);
      spawn([&g = *group] { g.done(); });
      spawn([&g = *group] { g.done(); });
      group->wait();
      std::memset(static_cast<void*>(group.get()), 0xee, sizeof(WaitGroup));
      group.reset();
      join();
    }
  });
}

TEST_P(Lifetime, AMutexMayGoAfterTheNextOwnerHadIt) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto mutex = std::make_unique<Mutex>();
      mutex->lock();
      spawn([&m = *mutex] { m.unlock(); });
      mutex->lock();
      mutex->unlock();
      mutex.reset();
      join();
    }
  });
}

TEST_P(Lifetime, AChannelMayGoAfterReceive) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto channel = std::make_unique<Chan<int>>(make_chan<int>(static_cast<std::size_t>(i % 2)));
      spawn([&c = *channel] {
        const Chan<int>& shared = c;  // no handle of its own: the other side drops the last one
        shared.send(1);
      });
      EXPECT_EQ(channel->recv(), 1);
      channel.reset();
      join();
    }
  });
}

TEST_P(Lifetime, AChannelMayGoAfterItWasSeenClosed) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto channel = std::make_unique<Chan<int>>(make_chan<int>());
      spawn([&c = *channel] { c.close(); });
      EXPECT_EQ(channel->recv(), std::nullopt);
      channel.reset();
      join();
    }
  });
}

TEST_P(Lifetime, ASemaphoreMayGoAfterAcquire) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      auto semaphore = std::make_unique<Semaphore>(0);
      spawn([&s = *semaphore] { s.release(); });
      semaphore->acquire();
      semaphore.reset();
      join();
    }
  });
}

TEST_P(Lifetime, AConditionMayGoAfterWait) {
  here([&] {
    for (int i = 0; i < rounds; ++i) {
      Mutex mutex;
      bool ready = false;
      auto cond = std::make_unique<Cond>(mutex);
      spawn([&] {
        Cond& c = *cond;
        std::lock_guard guard(mutex);
        ready = true;
        c.signal();
      });
      {
        std::unique_lock lock(mutex);
        cond->wait([&] { return ready; });
      }
      cond.reset();
      join();
    }
  });
}

}  // namespace
}  // namespace tenter
