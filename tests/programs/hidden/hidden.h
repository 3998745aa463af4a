// Races that the order of two critical sections hides in this run, each beside the same without the race. A pair has a
// namespace of its own with wrong(), in which hb sees nothing and `tenter check` must predict what its comments say,
// and mended(), which is right in every schedule.
//
// Most are about one way of telling another thread something. These say what it is, and the rest is the same for all:
// told before the write, the write may be beside the other's; told after it, it cannot.
//
//   namespace latch {
//   std::latch done(1);
//   int total;
//   // expect: data-race certainty=predicted object=total
//   void tell() { done.count_down(); }
//   void hear() { done.wait(); }
//   }  // namespace latch
//
// Others are about a lock. One side writes under it, and the other comes later: blind() does not look at what is
// written there, seen() does.
//
//   namespace mutex {
//   std::mutex guard;
//   int total, ready;
//   // expect: data-race certainty=predicted object=total
//   void first() { const std::lock_guard lock(guard); ready = 1; }
//   void blind() { const std::lock_guard lock(guard); }
//   bool seen() { const std::lock_guard lock(guard); return ready == 1; }
//   }  // namespace mutex
//
// And others about an attempt that fails because the other side holds what is wanted: take() and give_back() are one side's, and
// fails() the other's attempt. Where one holds it only after its write, whoever fails comes after the write too.
//
//   namespace try_lock {
//   std::mutex wanted;
//   int total;
//   // expect: data-race certainty=predicted object=total
//   void take() { wanted.lock(); }
//   bool fails() { return !wanted.try_lock(); }
//   void give_back() { wanted.unlock(); }
//   }  // namespace try_lock
//
// Those with HIDDEN_FROM_TASKS are two tasks of this library, the others two threads.
//
//   int main(int count, char** words) { return run_pair(count, words, {SIGNAL(latch), LOCK(mutex), ATTEMPT(try_lock), PAIR(another)}); }
#pragma once
#include <cstring>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <thread>

#include "../gate.h"

#ifdef HIDDEN_FROM_TASKS
#include <tenter/tenter.h>
using CurtainLock = tenter::Mutex;
// Not by holding up the thread that all tasks run on.
inline void pass(Gate& gate) {
  while (!gate.is_open()) tenter::yield();
}
#else
using CurtainLock = std::mutex;
inline void pass(Gate& gate) { gate.wait(); }
#endif

inline CurtainLock curtain;
inline Gate drawn;

// One side goes past the lock before the other, and nobody makes it do so: that is no order.
inline void hide() {
  { const std::lock_guard lock(curtain); }
  drawn.open();
}
inline void hidden() {
  pass(drawn);
  const std::lock_guard lock(curtain);
}

template <class F, class G>
void beside(F f, G g) {
#ifdef HIDDEN_FROM_TASKS
  tenter::WaitGroup over;
  over.go(f);
  over.go(g);
  over.wait();
#else
  std::thread one(f), two(g);
  one.join();
  two.join();
#endif
}

struct Pair {
  const char* name;
  std::function<void()> wrong, mended;
};
#define PAIR(name) \
  Pair { #name, name::wrong, name::mended }
#define SIGNAL(name) told(#name, name::tell, name::hear, name::total)

inline Pair told(const char* name, void (*tell)(), void (*hear)(), int& total) {
  const auto listen = [hear, &total] {
    hear();
    hidden();
    total = 2;
  };
  return {name,
          [=, &total] {
            beside(
                [tell, &total] {
                  tell();
                  total = 1;
                  hide();
                },
                listen);
          },
          [=, &total] {
            beside(
                [tell, &total] {
                  total = 1;
                  tell();
                  hide();
                },
                listen);
          }};
}

#define LOCK(name) locked(#name, name::first, name::blind, name::seen, name::total)

inline Pair locked(const char* name, void (*first)(), void (*blind)(), bool (*seen)(), int& total) {
  const auto begin = [first, &total] {
    total = 1;
    first();
    drawn.open();
  };
  return {name,
          [=, &total] {
            beside(begin, [blind, &total] {
              pass(drawn);
              blind();
              total = 2;
            });
          },
          [=, &total] {
            beside(begin, [seen, &total] {
              pass(drawn);
              if (seen()) total = 2;
            });
          }};
}

#define ATTEMPT(name) attempted(#name, name::take, name::fails, name::give_back, name::total)

inline Pair attempted(const char* name, void (*take)(), bool (*fails)(), void (*give_back)(), int& total) {
  static Gate taken, tried;
  const auto hold = [give_back] {
    pass(tried);
    give_back();
  };
  const auto attempt = [fails, &total] {
    const bool failed = fails();
    tried.open();
    if (!failed) return;
    hidden();
    total = 2;
  };
  return {name,
          [=, &total] {
            beside(
                [=, &total] {
                  take();
                  taken.open();
                  total = 1;
                  hide();
                  hold();
                },
                [=] {
                  pass(taken);
                  attempt();
                });
          },
          [=, &total] {
            beside(
                [=, &total] {
                  total = 1;
                  {
                    const std::lock_guard lock(curtain);
                    take();
                  }
                  drawn.open();
                  hold();
                },
                [=] {
                  pass(drawn);
                  attempt();
                });
          }};
}

// `words`: the program, a pair, and "wrong" or "mended".
inline int run_pair(int count, char** words, std::initializer_list<Pair> pairs) {
  for (const Pair& pair : pairs) {
    if (count != 3 || std::strcmp(words[1], pair.name) != 0) continue;
    const std::function<void()>& side = std::strcmp(words[2], "wrong") == 0 ? pair.wrong : pair.mended;
#ifdef HIDDEN_FROM_TASKS
    return tenter::run(side);
#else
    side();
    return 0;
#endif
  }
  return 64;
}
