// How to wait for a word that a task on another processor is about to change.
//
//   for (Backoff backoff; backoff.pause();) {
//     if (try_to_lock()) { return; }
//   }
//   sleep();
//
// Whoever looks at the word takes its cache line away from the one that uses it, which costs that one as much as several of
// its operations. So the pauses are long (the first one is a microsecond or two): meanwhile the other does a hundred
// operations without being disturbed, and the two take turns in stretches instead of at every step. T. E. Anderson, "The
// Performance of Spin Lock Alternatives for Shared-Memory Multiprocessors" (1990), has the measurements.
#pragma once
#include "task/futex.h"

namespace tenter::detail {

class Backoff {
 public:
  // `worthwhile`: false if nobody who runs at this moment can change the word; then there is no pause.
  explicit Backoff(bool worthwhile = true) : rounds_left_(worthwhile ? rounds : 0) {}

  // False, at once: it has taken so long that sleeping is cheaper.
  bool pause() {
    if (rounds_left_ == 0) { return false; }
    --rounds_left_;
    for (int i = 0; i < length_; ++i) { cpu_relax(); }
    if (length_ < longest) { length_ *= 2; }
    return true;
  }

 private:
  static constexpr int longest = 128;  // pauses, of 10 to 40 ns each
  static constexpr int rounds = 3;

  int length_ = 64;
  int rounds_left_;
};

}  // namespace tenter::detail
