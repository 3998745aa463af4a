// Writes the recordings that cli_test.py works on: each the smallest that earns its verdict.
#include <filesystem>
#include <iostream>
#include <string>

#include "support/trace_builder.h"

namespace tenter::analysis {
namespace {

constexpr std::uint64_t counter = 0x6000, total = 0x6100, accounts = 0x5000, journal = 0x5100;

// Two threads write one variable each, and both without order.
void tell_race(TraceBuilder& trace, std::uint64_t variable, std::uint64_t code) {
  ThreadBuilder& main = trace.main();
  main.at(0x401000).enter(0x400100);
  ThreadBuilder& worker = main.spawn();
  main.at(code).write(variable);
  worker.at(code + 0x100).write(variable).end();
  main.join(worker).end();
}

void tell_order(TraceBuilder& trace) {
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.at(0x401000).spawn();
  worker.at(0x402000).write(counter).end();
  main.join(worker).at(0x403000).read(counter).end();
}

void tell_inversion(TraceBuilder& trace) {
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.at(0x401000).spawn();
  main.at(0x401100).lock(accounts).at(0x401200).lock(journal).unlock(journal).unlock(accounts);
  worker.at(0x402100).lock(journal).at(0x402200).lock(accounts).unlock(accounts).unlock(journal).end();
  main.join(worker).end();
}

// Two threads each wait for the other's lock, and the program ends all the same.
void tell_deadlock(TraceBuilder& trace) {
  ThreadBuilder& main = trace.main();
  ThreadBuilder& one = main.at(0x401000).spawn();
  ThreadBuilder& other = main.at(0x401100).spawn();
  one.at(0x402000).enter(0x402000).at(0x402100).lock(accounts);
  other.at(0x403000).enter(0x403000).at(0x403100).lock(journal);
  one.at(0x402200).wait_begin(trace::WaitKind::lock, journal);
  other.at(0x403200).wait_begin(trace::WaitKind::lock, accounts);
}

void tell_thread_leak(TraceBuilder& trace) {
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.at(0x401000).spawn();
  worker.at(0x402000).write(counter).end();
  main.at(0x401200).end();
}

// A mutex of the library that another task unlocks is a note.
void tell_note(TraceBuilder& trace) {
  ThreadBuilder& main = trace.main();
  main.at(0x401000).lock(accounts, 0, trace::LockKind::task_mutex);
  ThreadBuilder& worker = main.at(0x401100).spawn();
  worker.at(0x402100).unlock(accounts, 0, trace::LockKind::task_mutex).end();
  main.join(worker).end();
}

void tell_losses(TraceBuilder& trace) {
  ThreadBuilder& main = trace.main();
  ThreadBuilder& worker = main.at(0x401000).spawn();
  worker.at(0x402000).write(counter).end();
  main.join(worker).plain(trace::Op::lost, 1).end();
}

int make(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, TraceBuilder::Options options, auto tell) {
    TraceBuilder trace(options);
    tell(trace);
    trace.write_to((folder / name).string());
  };
  const TraceBuilder::Options usual;
  TraceBuilder::Options killed, plain, lost;
  killed.unsealed = true;
  killed.outcome = "end=signal 9\n";
  plain.modules = "400000 500000 400000 abcdef01 0 /usr/bin/program\n";
  lost.end = "clean=1\nstatus=0\nlost_events=1\n";
  write("race.tent", usual, [](TraceBuilder& trace) { tell_race(trace, counter, 0x402000); });
  write("other_race.tent", usual, [](TraceBuilder& trace) { tell_race(trace, total, 0x404000); });
  write("killed_race.tent", killed, [](TraceBuilder& trace) { tell_race(trace, counter, 0x402000); });
  write("clean.tent", usual, tell_order);
  write("killed.tent", killed, tell_order);
  write("uninstrumented.tent", plain, tell_order);
  write("lost.tent", lost, tell_losses);
  write("inversion.tent", usual, tell_inversion);
  write("deadlock.tent", usual, tell_deadlock);
  write("thread_leak.tent", usual, tell_thread_leak);
  write("note.tent", usual, tell_note);
  return 0;
}

}  // namespace
}  // namespace tenter::analysis

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_recordings FOLDER\n";
    return 2;
  }
  return tenter::analysis::make(argv[1]);
}
