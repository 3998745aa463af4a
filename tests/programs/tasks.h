// For programs in which a task has to be stuck by the time that main ends. With one worker, tasks take turns, and each
// runs until it waits, yields or ends: after a few turns of everybody, whoever can get stuck is stuck.
//
//   int main() {
//     tenter::set_max_workers(1);
//     return tenter::run([] { tenter::go(...); let_others_run(); return 0; });
//   }
#pragma once
#include <tenter/tenter.h>

inline void let_others_run() {
  for (int turn = 0; turn < 20; ++turn) tenter::yield();
}
