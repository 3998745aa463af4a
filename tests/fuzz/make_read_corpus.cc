// Writes recordings of every shape into a folder, for fuzzing to start from.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "support/trace_builder.h"

namespace tenter::analysis {
namespace {

using trace::Op;

// A bit of everything.
void tell(TraceBuilder& trace) {
  ThreadBuilder& main = trace.main();
  main.at(0x401000).enter(0x400100).alloc(0x6000, 64).sync_value(Op::chan_make, 0x8000, 1);
  ThreadBuilder& worker = main.spawn();
  worker.name(trace::NameOf::task, worker.own_task(), "worker").alloc(0x7000, 4096, trace::MemoryKind::stack);
  const std::uint32_t task = main.create_task();
  main.lock(0x5000).write(0x6000).access_range(0x6010, 20, trace::AccessFlag::library).unlock(0x5000);
  worker.enter(0x400200).lock(0x5000, trace::LockFlag::shared, trace::LockKind::rwlock).read(0x6000, 4);
  worker.unlock(0x5000, trace::LockFlag::shared, trace::LockKind::rwlock).leave();
  main.atomic(Op::atomic_rmw, 0x6018, trace::MemoryOrder::acq_rel).sync(Op::fence, 0, 5);
  main.start_task(task).sync_value(Op::chan_send, 0x8000, 0).suspend().resume(0);
  worker.resume(task).write(0x6028).end_task().resume(0);
  worker.wait_begin(trace::WaitKind::select, 0).plain(Op::select_case, 0x8000, 1).wait_end();
  worker.sync_value(Op::wg_add, 0x9000, ~std::uint64_t{0}).plain(Op::lost, 2, 1).plain_value(Op::misuse, 0x9000, 3);
  worker.sync(static_cast<Op>(95), 0x9000).plain_value(static_cast<Op>(120), 1, 2).end();
  main.join(worker).free(0x6000).end();
}

// A run that goes well, and of which other orders race, stand still and leave tasks behind: what predictions are made from.
void tell_of_orders(TraceBuilder& trace) {
  constexpr std::uint64_t first = 0x5000, second = 0x5100, condition = 0x5200, channel = 0x8000, group = 0x9000;
  ThreadBuilder& main = trace.main();
  main.at(0x401000).enter(0x400100).sync_value(Op::chan_make, channel, 1);
  ThreadBuilder& one = main.spawn();
  ThreadBuilder& other = main.spawn();
  one.at(0x401100).write(0x6000).lock(first).lock(second).write(0x6010).unlock(second).unlock(first);
  other.at(0x401200).lock(second).lock(first).read(0x6010).unlock(first).unlock(second).write(0x6000);
  one.lock(first).wait_begin(trace::WaitKind::condition, condition).unlock(first);
  other.lock(first).sync(Op::cond_signal, condition).unlock(first);
  one.sync(Op::cond_wake, condition).lock(first).wait_end().unlock(first);
  other.lock(second).sync_value(Op::chan_send, channel, 0).unlock(second);
  one.lock(second).wait_begin(trace::WaitKind::chan_recv, channel).sync_value(Op::chan_recv, channel, 0).wait_end();
  one.unlock(second).sync_value(Op::wg_add, group, 1);
  other.plain(Op::select_case, channel).plain(Op::select_case, 0).sync_value(Op::wg_add, group, ~std::uint64_t{0});
  one.wait_begin(trace::WaitKind::wait_group, group).sync(Op::wg_pass, group).wait_end().end();
  other.lock(first).atomic(Op::atomic_store, 0x6020, trace::MemoryOrder::release).unlock(first).end();
  main.atomic(Op::atomic_load, 0x6020, trace::MemoryOrder::acquire).read(0x6000).join(one).join(other).end();
}

int make(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (const trace::Codec codec : {trace::Codec::none, trace::Codec::zstd, trace::Codec::words}) {
    for (const bool unsealed : {false, true}) {
      for (const std::size_t words : {std::size_t{10}, std::size_t{1000}}) {
        TraceBuilder::Options options;
        options.codec = codec;
        options.unsealed = unsealed;
        options.words_per_chunk = words;
        options.outcome = "end=signal 11\n";
        TraceBuilder trace(options);
        tell(trace);
        trace.write_to((folder / ((codec == trace::Codec::none   ? "plain"
                                   : codec == trace::Codec::zstd ? "packed"
                                                                 : "encoded") +
                                  std::string(unsealed ? "_killed_" : "_") + std::to_string(words) + ".tent"))
                           .string());
      }
    }
  }
  for (const trace::Codec codec : {trace::Codec::none, trace::Codec::words}) {
    TraceBuilder::Options options;
    options.codec = codec;
    TraceBuilder trace(options);
    tell_of_orders(trace);
    trace.write_to((folder / (codec == trace::Codec::none ? "orders_plain.tent" : "orders_encoded.tent")).string());
  }
  std::ofstream(folder / "trace.std")
      << "T0|fork(T1)|1\nT1|acq(l)|2\nT1|w(x)|3\nT1|rel(l)|4\nT0|r(x)|5\nT0|join(T1)|6\n";
  return 0;
}

}  // namespace
}  // namespace tenter::analysis

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: make_read_corpus FOLDER\n";
    return 2;
  }
  return tenter::analysis::make(argv[1]);
}
