// What the families of cases share. A family is one program; each of its cases is chosen by name and runs in a process of
// its own, as tasks or as plain threads:
//
//   CASE(race_chan_async_reverse, "S014", "data-race object=v") {
//     auto c = make_chan<int>(1);
//     start([&] {
//       v = 1;
//       c.recv();
//     });
//     c.send(0);
//     v = 2;
//     finish();
//   }
//
// The texts name the statement that is tested, and the findings that must come out of the recording, no more and no less
// (see run_cases.py). A verdict must hold however the case is scheduled. Where a case needs two steps in one certain order,
// a Gate brings them into it, which the recorder does not see.
#pragma once
#include <tenter/tenter.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gate.h"

using namespace tenter;

// What the cases write to and read from. One case runs in a process, so these are enough for all.
inline int v = 0;
inline int w = 0;
inline Chan<int> current;

namespace conformance {

inline bool as_threads = false;
inline WaitGroup everybody;
inline std::array<std::thread, 64> threads;
inline unsigned next_thread = 0;

struct Case {
  std::string name;
  std::string statement;
  std::string expected;
  std::function<void()> body;
};
inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}
struct Registration {
  explicit Registration(Case one) { cases().push_back(std::move(one)); }
};

}  // namespace conformance

#define CASE(name, statement, expected)                                                           \
  static void name();                                                                             \
  static const conformance::Registration name##_registered({#name, statement, expected, name}); \
  static void name()

// Runs f in a task or thread of its own.
template <class F>
void start(F f) {
  conformance::everybody.add(1);
  auto body = [f = std::move(f)]() mutable {
    f();
    conformance::everybody.done();
  };
  if (conformance::as_threads) {
    conformance::threads.at(test_add(&conformance::next_thread, 1)) = std::thread(std::move(body));
  } else {
    go(std::move(body));
  }
}

// Waits until all that was started has come to its end: the last line of a case, because it orders everything.
inline void finish() {
  conformance::everybody.wait();
  for (std::thread& thread : conformance::threads) {
    if (thread.joinable()) { thread.join(); }
  }
}

// Waits without being ordered after whoever opens the gate.
inline void pass(Gate& gate) {
  while (!gate.is_open()) { yield(); }
}

// Gives the others the time to get stuck where they are going to be. Whether they use it decides no verdict.
inline void let_others_run() {
  for (int turn = 0; turn < 20; ++turn) { yield(); }
}

// Keeps the compiler from dropping a read whose value nobody needs.
inline void use(int value) { asm volatile("" : : "r"(value)); }

int main(int argc, char** argv) {
  const std::string chosen = argc > 1 ? argv[1] : "";
  if (chosen == "--list") {
    for (const conformance::Case& one : conformance::cases()) {
      std::printf("%s|%s|%s\n", one.name.c_str(), one.statement.c_str(), one.expected.c_str());
    }
    return 0;
  }
  conformance::as_threads = argc > 2 && std::strcmp(argv[2], "threads") == 0;
  for (const conformance::Case& one : conformance::cases()) {
    if (chosen != one.name) { continue; }
    if (conformance::as_threads) {
      one.body();
      return 0;
    }
    return run(one.body);
  }
  std::fprintf(stderr, "usage: %s --list | CASE [tasks|threads]\n", argv[0]);
  return 64;
}
