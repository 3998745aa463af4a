// Which of the library's locks a task holds, told to ThreadSanitizer so that its reports name them. Nothing else may follow: the
// order that a lock makes is told apart from this (annotations.cc).
//
// Each is told as one that is locked for reading, by an attempt. That way it never waits, has no owner, and hands on nothing
// (what a reader's unlock leaves, only a writer takes), so that no report can come of it.
#pragma once
#include <atomic>
#include <cstdint>

namespace tenter::detector {

struct Who;

// A place of ThreadSanitizer's mutexes stands for a lock and how it is held: for one of the library's that is held alone it is
// the byte after the lock's first one, and for all others their address. No mutex of libc's begins at an odd address.
inline void* place_of_hold(const void* lock, bool shared) {
  return const_cast<char*>(static_cast<const char*>(lock)) + (shared ? 0 : 1);
}
inline bool is_exclusive_hold(std::uintptr_t place) { return place % 4 == 1; }
inline std::uintptr_t lock_at(std::uintptr_t place) { return is_exclusive_hold(place) ? place - 1 : place; }

// Of one task. ThreadSanitizer's deadlock detector ends the process where somebody holds 65 mutexes, so the library's locks
// take only a few of them: of more the oldest is left out.
struct HeldLocks {
  static constexpr unsigned most = 8;
  void* places[most] = {};  // of place_of_hold(); the latest last
  unsigned count = 0;
  std::uint32_t given_away_seen = 0;
};

// By the task itself.
void told_as_held(Who& self, void* place);
// Also of what it does not hold: another task's, whose hold ends with that.
void held_no_more(Who& self, void* place);
// Of what the task holds itself: the lock is destroyed.
void forget_held(Who& self, void* place);

extern constinit std::atomic<std::uint32_t>
    given_away;  // how often a lock was given back by another task than its holder
void drop_given_away(Who& self);

void reset_lock_of_held_locks();  // in a forked child

}  // namespace tenter::detector
