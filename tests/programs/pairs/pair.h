// Small programs that are wrong, each beside the same one mended. A pair has a namespace of its own with two functions,
// wrong() and mended(); the comments between them say what `tenter check` must find after wrong(), as in run_program.py. After
// mended() it must find nothing, on any number of workers.
//
//   namespace etcd_5509 {
//   // expect: lock-left-held
//   void wrong() { ... }
//   void mended() { ... }
//   }  // namespace etcd_5509
//
//   int main(int count, char** words) { return run_pair(count, words, {PAIR(etcd_5509)}); }
#pragma once
#include <tenter/tenter.h>

#include <cstring>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <shared_mutex>

struct Pair {
  const char* name;
  void (*wrong)();
  void (*mended)();
};
#define PAIR(name) \
  Pair { #name, name::wrong, name::mended }

// `words`: the program, a pair, and "wrong" or "mended".
inline int run_pair(int count, char** words, std::initializer_list<Pair> pairs) {
  for (const Pair& pair : pairs) {
    if (count != 3 || std::strcmp(words[1], pair.name) != 0) continue;
    return tenter::run(std::strcmp(words[2], "wrong") == 0 ? pair.wrong : pair.mended);
  }
  return 64;
}

// With one worker tasks take turns, and each runs until it waits: after a few turns whoever can get stuck is stuck. A lock
// is tried for some turns before it is waited for.
inline void let_others_run() {
  for (int turn = 0; turn < 400; ++turn) tenter::yield();
}
// Until the tasks that were started are over.
inline void wait_for_all() {
  while (tenter::task_count() > 1) tenter::yield();
}
