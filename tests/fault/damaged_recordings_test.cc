// One small recording, cut at every byte and with every bit turned. Whatever is left of it is a beginning of every task,
// and the locks' turns are a beginning of theirs: so no analysis can find what the whole recording does not show.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include "order/world.h"
#include "support/steps.h"
#include "support/trace_builder.h"

namespace tenter::analysis {
namespace {

using trace::Op;
using Bytes = std::vector<std::byte>;

Bytes small_recording(trace::Codec codec) {
  TraceBuilder::Options options;
  options.codec = codec;
  options.words_per_chunk = 24;
  options.outcome = "end=exited 0\n";
  TraceBuilder trace(options);
  ThreadBuilder& main = trace.main();
  main.at(0x401000).enter(0x400100).alloc(0x6000, 64).sync_value(Op::chan_make, 0x8000, 1);
  ThreadBuilder& worker = main.spawn();
  worker.name(trace::NameOf::task, worker.own_task(), "worker");
  const std::uint32_t task = main.create_task();
  for (std::uint64_t i = 0; i < 6; ++i) {
    main.at(0x401000 + i).lock(0x5000).write(0x6000 + i, 1).unlock(0x5000);
    worker.at(0x402000 + i).enter(0x400200 + i).lock(0x5000).access_range(0x6000, 12 + i, 1).unlock(0x5000).leave();
  }
  main.start_task(task).sync_value(Op::chan_send, 0x8000, 0).write(0x6020).suspend().resume(0);
  worker.resume(task).write(0x6028).end_task().resume(0);
  worker.wait_begin(trace::WaitKind::chan_recv, 0x8000).sync_value(Op::chan_recv, 0x8000, 0).wait_end().read(0x6020).end();
  main.join(worker).free(0x6000).end();
  return trace.bytes();
}

// What a recording says, in the form in which "less" can be compared.
struct Account {
  std::map<std::uint32_t, std::vector<PlainStep>> by_task;
  std::map<std::pair<Op, std::uint64_t>, std::vector<std::uint32_t>> turns;   // ordered events of an object: who
  bool complete = false;
  std::size_t steps = 0, stalled = 0;
};

Account account_of(const Recording& recording) {
  Account account;
  StackTable stacks;
  World world;
  Sequencer sequencer(recording, stacks);
  while (Step* step = sequencer.next()) {
    world.observe(*step);
    ++account.steps;
    if (step->event.has_ticket) account.turns[{Op::none, step->event.stripe}].push_back(index(step->task));
    account.by_task[index(step->task)].push_back(plain(*step, stacks));
  }
  account.complete = recording.info().complete;
  account.stalled = sequencer.stalled_streams();
  return account;
}

template <class Key, class Value>
bool is_beginning(const std::map<Key, std::vector<Value>>& part, const std::map<Key, std::vector<Value>>& whole) {
  return std::all_of(part.begin(), part.end(), [&](const auto& entry) {
    const auto other = whole.find(entry.first);
    return other != whole.end() && entry.second.size() <= other->second.size() &&
           std::equal(entry.second.begin(), entry.second.end(), other->second.begin());
  });
}

class DamagedRecording : public testing::TestWithParam<trace::Codec> {
 protected:
  void SetUp() override {
    bytes_ = small_recording(GetParam());
    const auto recording = open_recording_bytes("whole.tent", bytes_);
    ASSERT_TRUE(recording);
    whole_ = account_of(**recording);
    ASSERT_TRUE(whole_.complete);
    ASSERT_EQ(whole_.stalled, 0u);
    ASSERT_GT(whole_.steps, 60u);
  }

  void expect_less(Bytes damaged) const {
    const auto recording = open_recording_bytes("damaged.tent", std::move(damaged));
    if (!recording) {
      ASSERT_FALSE(recording.error().sentence.empty());
      ASSERT_EQ(recording.error().exit_code, ExitCode::input);
      return;
    }
    const Account part = account_of(**recording);
    ASSERT_TRUE(is_beginning(part.by_task, whole_.by_task));
    ASSERT_TRUE(is_beginning(part.turns, whole_.turns));
    const bool all_there = part.steps == whole_.steps;
    if (!all_there) {   // a change of a time stamp or of padding does no harm
      ASSERT_FALSE(part.complete);
      ASSERT_FALSE((*recording)->info().damage.empty());
    }
  }

  Bytes bytes_;
  Account whole_;
};

TEST_P(DamagedRecording, CutAtEveryByteSaysLess) {
  // The outcome comes after the clean end, so a cut through it costs only that.
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    SCOPED_TRACE("cut to " + std::to_string(size) + " bytes");
    expect_less(Bytes(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size)));
    if (HasFatalFailure()) return;
  }
}

TEST_P(DamagedRecording, WithEveryBitTurnedSaysLess) {
  for (std::size_t bit = 0; bit < bytes_.size() * 8; ++bit) {
    SCOPED_TRACE("bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8));
    Bytes damaged = bytes_;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    expect_less(std::move(damaged));
    if (HasFatalFailure()) return;
  }
}

TEST_P(DamagedRecording, WithAnyChunkLeftOutSaysLess) {
  std::vector<std::size_t> starts;
  for (std::size_t i = sizeof(trace::FileHeader); i < bytes_.size();) {
    trace::ChunkHeader header;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(i), sizeof header, reinterpret_cast<std::byte*>(&header));
    starts.push_back(i);
    i += sizeof header + (header.stored_size + 7) / 8 * 8;
  }
  starts.push_back(bytes_.size());
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    SCOPED_TRACE("without chunk " + std::to_string(i));
    Bytes damaged(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(starts[i]));
    damaged.insert(damaged.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(starts[i + 1]), bytes_.end());
    expect_less(std::move(damaged));
    if (HasFatalFailure()) return;
  }
}

// Contents that lie behind a checksum that holds. What they say may be anything; reading it must end.
TEST_P(DamagedRecording, RandomLiesBehindARightChecksumDoNoHarm) {
  const char* given = std::getenv("TENTER_TEST_SEED");
  const std::uint64_t first_seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  const std::uint64_t seeds = given != nullptr ? 1 : 3000;
  const std::size_t first_chunk = sizeof(trace::FileHeader);
  for (std::uint64_t seed = first_seed; seed < first_seed + seeds; ++seed) {
    SCOPED_TRACE("rerun: TENTER_TEST_SEED=" + std::to_string(seed) + " damaged_recordings_test");
    std::mt19937_64 random(seed);
    Bytes damaged = bytes_;
    for (int i = 0; i < 4; ++i) {
      const std::size_t at = first_chunk + random() % (damaged.size() - first_chunk);
      damaged[at] = static_cast<std::byte>(random() % 256);
    }
    for (std::size_t i = first_chunk; i + sizeof(trace::ChunkHeader) <= damaged.size(); i += 8) {
      trace::ChunkHeader header;
      std::copy_n(damaged.begin() + static_cast<std::ptrdiff_t>(i), sizeof header, reinterpret_cast<std::byte*>(&header));
      const bool whole = header.magic == trace::chunk_magic && header.stored_size <= damaged.size() - i - sizeof header;
      if (whole) reseal(damaged, i);
    }
    const auto recording = open_recording_bytes("lies.tent", damaged);
    if (recording) { ASSERT_LE(account_of(**recording).steps, 1000u); }
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, DamagedRecording, testing::Values(trace::Codec::none, trace::Codec::zstd, trace::Codec::words),
                         [](const auto& codec) { return codec.param == trace::Codec::none ? "Plain" : codec.param == trace::Codec::zstd ? "Packed" : "Encoded";
                         });

}  // namespace
}  // namespace tenter::analysis
