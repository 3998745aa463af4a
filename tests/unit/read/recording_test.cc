// What a sound recording says.
#include "read/recording.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "support/steps.h"
#include "support/trace_builder.h"

namespace tenter::analysis {
namespace {

using trace::Op;

std::unique_ptr<Recording> open(TraceBuilder& trace) {
  Result<std::unique_ptr<Recording>> recording = open_recording_bytes("test.tent", trace.bytes());
  EXPECT_TRUE(recording) << (recording ? "" : recording.error().sentence);
  return recording ? std::move(*recording) : nullptr;
}

void tell_a_story(TraceBuilder& trace) {
  ThreadBuilder& main = trace.main();
  main.at(0x401000).enter(0x400100).write(0x6000);
  ThreadBuilder& worker = main.spawn();
  worker.name(trace::NameOf::task, worker.own_task(), "worker");
  worker.at(0x402000).enter(0x400200).enter(0x400300).lock(0x5000).read(0x6000).unlock(0x5000).leave(2).end();
  main.at(0x403000)
      .lock(0x5000)
      .access_range(0x6000, 100, trace::AccessFlag::write)
      .unlock(0x5000)
      .join(worker)
      .leave()
      .end();
}

TEST(Recording, TellsItsFrame) {
  TraceBuilder::Options options;
  options.outcome = "end=signal 11\n";
  options.modules =
      "400000 500000 3ff000 abcdef01 1 /usr/bin/a \\\\ b\\nc\n7f0000000000 7f0000001000 7f0000000000 - 0 \n";
  TraceBuilder trace(options);
  tell_a_story(trace);
  const auto recording = open(trace);
  const RecordingInfo& info = recording->info();
  EXPECT_EQ(info.program, "/usr/bin/program");
  EXPECT_EQ(info.arguments, std::vector<std::string>{"program"});
  EXPECT_EQ(info.process_id, 4242u);
  EXPECT_EQ(info.end, "signal 11");
  EXPECT_TRUE(info.complete) << (info.damage.empty() ? "" : info.damage[0]);
  EXPECT_EQ(info.lost_events, 0u);
  EXPECT_EQ(info.event_chunks, 2u);
  ASSERT_EQ(info.modules.size(), 2u);
  EXPECT_EQ(info.modules[0].path, "/usr/bin/a \\ b\nc");
  EXPECT_EQ(info.modules[0].begin, 0x400000u);
  EXPECT_EQ(info.modules[0].end, 0x500000u);
  EXPECT_EQ(info.modules[0].load_bias, 0x3ff000u);
  EXPECT_EQ(info.modules[0].build_id, "abcdef01");
  EXPECT_TRUE(info.modules[0].instrumented);
  EXPECT_EQ(info.modules[1].build_id, "");
  EXPECT_FALSE(info.modules[1].instrumented);
}

TEST(Recording, TakesTheEndFromTheOutcomeThenFromTheStatus) {
  TraceBuilder plain;
  plain.main().end();
  EXPECT_EQ(open(plain)->info().end, "exited 0");
  TraceBuilder::Options killed;
  killed.end_mark = false;
  TraceBuilder unknown(killed);
  unknown.main().end();
  EXPECT_EQ(open(unknown)->info().end, "unknown");
}

TEST(Recording, SaysTheSameHoweverItIsCutIntoChunksAndPacked) {
  TraceBuilder whole;
  tell_a_story(whole);
  const std::vector<PlainStep> expected = replay(*open(whole)).steps;
  ASSERT_GT(expected.size(), 12u);
  for (const trace::Codec codec : {trace::Codec::none, trace::Codec::zstd, trace::Codec::words}) {
    for (const std::size_t words : {std::size_t{8}, std::size_t{12}, std::size_t{20}, std::size_t{1000}}) {
      TraceBuilder::Options options;
      options.codec = codec;
      options.words_per_chunk = words;
      TraceBuilder cut(options);
      tell_a_story(cut);
      const auto recording = open(cut);
      EXPECT_TRUE(recording->info().complete);
      EXPECT_EQ(replay(*recording).steps, expected) << words << " words a chunk";
    }
  }
}

TEST(Recording, ReadsWhatAKilledProgramLeftInItsWindows) {
  TraceBuilder whole;
  tell_a_story(whole);
  TraceBuilder::Options options;
  options.unsealed = true;
  options.words_per_chunk = 12;
  TraceBuilder killed(options);
  tell_a_story(killed);
  const auto recording = open(killed);
  EXPECT_EQ(replay(*recording).steps, replay(*open(whole)).steps);
  EXPECT_EQ(recording->info().windows_used, 2u);
  EXPECT_FALSE(recording->info().complete);
}

// The objects that main has accessed.
std::vector<std::uint64_t> accessed(const Recording& recording) {
  std::vector<std::uint64_t> objects;
  for (const PlainStep& step : replay(recording).steps) {
    if (step.op == Op::access_range) objects.push_back(step.object);
  }
  return objects;
}

TEST(Recording, GoesOnBehindAWindowThatWasFull) {
  TraceBuilder::Options options;
  options.unsealed = true;
  TraceBuilder trace(options);
  ThreadBuilder& main = trace.main();
  main.write(0x6000).seal().write(0x7000).write(0x7100);
  main.leave_in_window(main.words()).write(0x8000).seal().write(0x9000);
  const auto recording = open(trace);
  EXPECT_EQ(accessed(*recording), (std::vector<std::uint64_t>{0x6000, 0x7000, 0x7100, 0x8000, 0x9000}));
  EXPECT_EQ(recording->info().windows_used, 2u);
  EXPECT_FALSE(recording->info().has_holes) << recording->info().damage[0];
}

TEST(Recording, PrefersTheChunkToTheWindowThatItWasMadeOf) {
  TraceBuilder::Options options;
  options.unsealed = true;
  TraceBuilder trace(options);
  ThreadBuilder& main = trace.main();
  main.write(0x6000);
  main.leave_in_window(main.words()).write(0x7000).seal().write(0x8000);
  trace::ChunkHeader chunk{};
  chunk.kind = trace::ChunkKind::events;
  chunk.stream = main.stream();
  chunk.task = main.own_task();
  const trace::Word word = trace::access_word(0xa000, 3, true, 0);
  trace.add_chunk(chunk, std::string_view(reinterpret_cast<const char*>(&word), sizeof word), sizeof word);
  const auto recording = open(trace);
  EXPECT_EQ(accessed(*recording), (std::vector<std::uint64_t>{0xa000, 0x7000, 0x8000}));
  EXPECT_EQ(recording->info().windows_used, 1u);
  EXPECT_FALSE(recording->info().has_holes) << recording->info().damage[0];
}

TEST(Recording, StopsAtAWindowThatDoesNotHoldWhatItSays) {
  for (const int more : {-1, 0, 1, 1000}) {
    TraceBuilder::Options options;
    options.unsealed = true;
    TraceBuilder trace(options);
    ThreadBuilder& main = trace.main();
    main.write(0x6000).write(0x6100);
    // -1: as if the thread had not gone on, and yet a chunk follows.
    main.leave_in_window(more < 0 ? 0 : main.words() + static_cast<std::uint64_t>(more)).write(0x7000).seal();
    const auto recording = open(trace);
    const std::vector<std::uint64_t> objects = accessed(*recording);
    EXPECT_EQ(objects.size() == 3, more == 0) << more;
    EXPECT_NE(objects.empty() ? 0 : objects.back(), more == 0 ? 0 : 0x7000) << more;
    EXPECT_EQ(recording->info().has_holes, more != 0) << more;
  }
}

TEST(Recording, KnowsWhichTaskAThreadRuns) {
  TraceBuilder::Options options;
  options.words_per_chunk = 8;  // so that chunks begin in the middle of a task
  TraceBuilder trace(options);
  ThreadBuilder& main = trace.main();
  const std::uint32_t task = main.create_task();
  main.start_task(task).enter(0x10);
  for (int i = 0; i < 10; ++i) main.write(0x6000);
  main.suspend().write(0x7000).write(0x7008);
  ThreadBuilder& worker = main.spawn();
  worker.resume(task).write(0x6000).end_task().resume(0).write(0x8000).end();
  main.end();
  for (const PlainStep& step : replay(*open(trace)).steps) {
    if (step.op != Op::access_range) continue;
    const TaskId expected{step.object == 0x6000 ? task : step.object == 0x8000 ? worker.own_task() : main.own_task()};
    EXPECT_EQ(step.task, expected) << std::hex << step.object;
    if (step.object != 0x6000) { EXPECT_TRUE(step.callers.empty()); }
  }
}

TEST(Recording, CountsWhatTheRecorderLost) {
  TraceBuilder::Options options;
  options.end = "clean=1\nstatus=0\nlost_events=7\n";
  TraceBuilder trace(options);
  trace.main().end();
  const auto recording = open(trace);
  EXPECT_EQ(recording->info().lost_events, 7u);
  EXPECT_FALSE(recording->info().complete);
  EXPECT_TRUE(recording->info().damage.empty());
}

TEST(Recording, AStreamEndsWhereEventsWereLostUnlessNoneOfThemOrdersAnything) {
  for (const bool only_accesses : {false, true}) {
    TraceBuilder trace;
    trace.main().write(0x6000).plain(Op::lost, 3, only_accesses ? 1 : 0).write(0x7000);
    const auto recording = open(trace);
    const std::vector<PlainStep> steps = replay(*recording).steps;
    EXPECT_EQ(steps.back().object, only_accesses ? 0x7000u : 0x6000u);
    replay(*recording);  // reading again counts nothing twice
    EXPECT_EQ(recording->info().lost_events, 3u);
    EXPECT_FALSE(recording->info().complete);
    EXPECT_EQ(recording->info().damage.size(), only_accesses ? 0u : 1u);
  }
}

TEST(Recording, SkipsChunksOfANewerMinorVersion) {
  TraceBuilder trace;
  trace.main().write(0x6000);
  trace::ChunkHeader newer{};
  newer.kind = static_cast<trace::ChunkKind>(77);
  trace.add_chunk(newer, "who knows", 9);
  trace.main().end();
  const auto recording = open(trace);
  EXPECT_TRUE(recording->info().complete) << recording->info().damage[0];
  EXPECT_EQ(replay(*recording).steps.size(), 3u);
}

TEST(Recording, PassesOverPaddingAndUnusedWindows) {
  TraceBuilder trace;
  trace::ChunkHeader padding{};
  padding.kind = trace::ChunkKind::padding;
  trace.add_chunk(padding, std::string(4000, '\0'), 4000);
  trace::ChunkHeader window{};
  window.kind = trace::ChunkKind::live;
  trace.add_chunk(window, std::string(4096, '\0'), 4096);
  trace.main().end();
  EXPECT_TRUE(open(trace)->info().complete);
}

TEST(Recording, ReadsAFileAndItsStreamsInAnyOrder) {
  const std::string path = (std::filesystem::temp_directory_path() / "tenter_recording_test.tent").string();
  TraceBuilder trace;
  tell_a_story(trace);
  trace.write_to(path);
  {
    const auto recording = open_recording(path);
    ASSERT_TRUE(recording);
    EXPECT_EQ((*recording)->streams(), (std::vector<StreamId>{StreamId{1}, StreamId{2}}));
    StackTable stacks;
    Event event;
    EXPECT_FALSE((*recording)->open_stream(StreamId{99}, stacks)->next(event));
    const auto cursor = (*recording)->open_stream(StreamId{2}, stacks);
    ASSERT_TRUE(cursor->next(event));
    cursor->release();
    ASSERT_TRUE(cursor->next(event));
    EXPECT_EQ(event.text, "worker") << "what was released is read again";
    EXPECT_EQ(replay(**recording).steps, replay(*open(trace)).steps);
  }
  std::remove(path.c_str());
}

}  // namespace
}  // namespace tenter::analysis
