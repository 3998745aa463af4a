// Writes the recordings that cli_test.py works on: each the smallest that earns its verdict.
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

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

// Four threads that take too few locks, all over the memory: thousands of races between few places, some over the borders of pages, some
// with memory that was freed and given out anew.
void tell_many_races(TraceBuilder& trace) {
  constexpr std::uint64_t memory = 0x700000, blocks = 0x900000, block = 3000;
  std::uint64_t state = 12345;
  const auto draw = [&](std::uint64_t below) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (state >> 33) % below;
  };
  ThreadBuilder& main = trace.main();
  main.at(0x401000).enter(0x400100);
  std::vector<ThreadBuilder*> threads{&main};
  for (int i = 0; i < 3; ++i) threads.push_back(&main.spawn());
  bool given_out[8] = {};
  for (int i = 0; i < 30000; ++i) {
    const std::size_t who = draw(threads.size());
    ThreadBuilder& thread = threads[who]->at(0x402000 + 0x10 * draw(24));
    const std::uint64_t address = memory + 8 * draw(8192) + draw(2) * draw(8);
    if (const std::uint64_t choice = draw(100); choice < 70) {
      thread.read(address, 1 + draw(8));
    } else if (choice < 80) {
      thread.write(address, 8);
    } else if (choice < 83) {
      thread.access_range(address, 5000, trace::AccessFlag::write);
    } else if (choice < 93) {
      thread.lock(accounts).write(address).unlock(accounts);
    } else if (choice < 96) {
      thread.atomic(trace::Op::atomic_rmw, memory + 8 * draw(64), trace::MemoryOrder::acq_rel);
    } else if (choice < 98) {
      thread.name(trace::NameOf::lock, accounts, "accounts " + std::to_string(i % 7));
    } else {
      const std::uint64_t which = draw(8);
      const std::uint64_t at = blocks + which * 4096;
      given_out[which] = !given_out[which];
      given_out[which] ? thread.alloc(at, block).write(at + 8 * draw(300))
                       : thread.free(at, which % 2 == 0 ? block : 0);
    }
  }
  for (std::size_t who = 1; who < threads.size(); ++who) threads[who]->end();
  for (std::size_t who = 1; who < threads.size(); ++who) main.join(*threads[who]);
  main.end();
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
  write("many_races.tent", usual, tell_many_races);
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
