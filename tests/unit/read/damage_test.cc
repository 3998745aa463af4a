// What is said of recordings that are damaged, cut short, lying, or no recordings at all.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "read/decoder.h"
#include "read/recording.h"
#include "support/steps.h"
#include "support/trace_builder.h"

namespace tenter::analysis {
namespace {

using trace::ChunkKind;
using trace::Op;
using Bytes = std::vector<std::byte>;

std::unique_ptr<Recording> open(Bytes bytes) {
  Result<std::unique_ptr<Recording>> recording = open_recording_bytes("t.tent", std::move(bytes));
  EXPECT_TRUE(recording) << (recording ? "" : recording.error().sentence);
  return recording ? std::move(*recording) : nullptr;
}
std::string refusal(Bytes bytes) {
  const auto recording = open_recording_bytes("t.tent", std::move(bytes));
  if (recording) return "accepted";
  EXPECT_EQ(recording.error().exit_code, ExitCode::input);
  return recording.error().sentence;
}
Bytes bytes_of(std::string_view text) {
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}
std::string all(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += sentence + "\n";
  return text;
}
#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

// Two threads with several small chunks each.
struct Story {
  Bytes bytes;
  std::vector<ChunkPlace> chunks;
  std::vector<PlainStep> steps;

  Story() {
    TraceBuilder::Options options;
    options.words_per_chunk = 16;
    TraceBuilder trace(options);
    ThreadBuilder& main = trace.main();
    ThreadBuilder& worker = main.spawn();
    for (std::uint64_t i = 0; i < 12; ++i) {
      main.at(0x1000 + i).lock(0x5000).write(0x6000 + i).unlock(0x5000);
      worker.at(0x2000 + i).lock(0x5000).write(0x6000 + i).unlock(0x5000);
    }
    worker.end();
    main.join(worker).end();
    bytes = trace.bytes();
    chunks = trace.chunks();
    steps = replay(*open(bytes)).steps;
  }
  const ChunkPlace& chunk(ChunkKind kind, std::uint32_t stream = 0, std::uint32_t sequence = 0) const {
    return *std::find_if(chunks.begin(), chunks.end(), [&](const ChunkPlace& place) {
      return place.kind == kind && place.stream == stream && place.sequence == sequence;
    });
  }
};

// Every stream of `part` must be a beginning of the same task's steps in `whole`.
void expect_prefixes(const std::vector<PlainStep>& part, const std::vector<PlainStep>& whole) {
  std::map<std::uint32_t, std::vector<PlainStep>> by_task;
  for (const PlainStep& step : whole) by_task[index(step.task)].push_back(step);
  std::map<std::uint32_t, std::size_t> seen;
  for (const PlainStep& step : part) {
    const std::vector<PlainStep>& expected = by_task[index(step.task)];
    std::size_t& at = seen[index(step.task)];
    ASSERT_LT(at, expected.size());
    ASSERT_EQ(step, expected[at++]);
  }
}

TEST(NotARecording, IsRefusedInOneSentence) {
  EXPECT_SAYS(refusal({}), "the file is empty");
  EXPECT_SAYS(refusal(bytes_of("x")), "is not a Tenterhook recording");
  EXPECT_SAYS(refusal(bytes_of("\x7f"
                               "ELF........")),
              "`tenter run -- t.tent`");
  EXPECT_SAYS(refusal(bytes_of("{\"schema_version\": 1}")), "looks like a report");
  EXPECT_SAYS(refusal(Bytes(100'000)), "is not a Tenterhook recording");
  EXPECT_SAYS(refusal(bytes_of("TENTER\r\n")), "cut short within its first 64 bytes");
  EXPECT_SAYS(refusal(bytes_of("TEN")), "cut short within its first 64 bytes");
}

TEST(NotARecording, FilesThatAreNoFilesDoNotHang) {
  const std::filesystem::path fifo = std::filesystem::temp_directory_path() / "tenter_damage_test.fifo";
  std::filesystem::remove(fifo);
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_SAYS(open_recording(fifo.string()).error().sentence, "is a pipe, not a recording");
  std::filesystem::remove(fifo);
  EXPECT_SAYS(open_recording("/").error().sentence, "is a directory, not a recording");
  EXPECT_SAYS(open_recording("/dev/zero").error().sentence, "is a device, not a recording");
  EXPECT_SAYS(open_recording("/nonexistent/a\x1b.tent").error().sentence,
              "/nonexistent/a\\x1B.tent: there is no such file");
}

TEST(Versions, AnotherMajorIsRefusedAndANewerMinorAccepted) {
  const Story story;
  Bytes bytes = story.bytes;
  bytes[10] = std::byte{9};  // minor
  EXPECT_TRUE(open(bytes)->info().complete);
  bytes[8] = std::byte{2};  // major
  EXPECT_SAYS(refusal(bytes), "has format 2, and this tenter reads format 1. Update tenter");
  bytes[8] = std::byte{0};
  bytes[9] = std::byte{1};
  EXPECT_SAYS(refusal(bytes), "big-endian");
}

TEST(Damage, HeaderOnly) {
  const Story story;
  const auto recording = open(Bytes(story.bytes.begin(), story.bytes.begin() + 64));
  EXPECT_FALSE(recording->info().complete);
  EXPECT_TRUE(recording->streams().empty());
  EXPECT_SAYS(all(recording->info().damage), "The clean-end mark is missing");
}

TEST(Damage, CutShort) {
  const Story story;
  const ChunkPlace& last = story.chunk(ChunkKind::events, 1, 1);
  const auto recording =
      open(Bytes(story.bytes.begin(), story.bytes.begin() + static_cast<std::ptrdiff_t>(last.offset + 60)));
  EXPECT_SAYS(all(recording->info().damage), "The recording was cut short at byte " + std::to_string(last.offset + 60));
  expect_prefixes(replay(*recording).steps, story.steps);
}

TEST(Damage, AChangedByteEndsItsStreamAndNoOther) {
  const Story story;
  const ChunkPlace& chunk = story.chunk(ChunkKind::events, 2, 1);
  Bytes bytes = story.bytes;
  bytes[chunk.offset + 50] ^= std::byte{4};
  const auto recording = open(bytes);
  const std::string damage = all(recording->info().damage);
  EXPECT_SAYS(damage, "The checksum of the chunk at byte");
  EXPECT_SAYS(damage, "Reading went on at byte");
  EXPECT_SAYS(damage, "Stream 2 lacks its chunk 1");
  const Replay got = replay(*recording);
  expect_prefixes(got.steps, story.steps);
  EXPECT_GT(got.stalled_streams, 0u) << "main waits for unlocks that are lost";
}

TEST(Damage, AHugeChunkIsNotBelieved) {
  const Story story;
  Bytes bytes = story.bytes;
  const ChunkPlace& chunk = story.chunk(ChunkKind::events, 1, 0);
  const std::uint32_t huge = 0xfffffff0;
  std::memcpy(bytes.data() + chunk.offset + offsetof(trace::ChunkHeader, stored_size), &huge, sizeof huge);
  EXPECT_SAYS(all(open(bytes)->info().damage), "claims to be larger than the format allows");

  bytes = story.bytes;
  const std::uint32_t too_much_content = trace::max_chunk_bytes + 8;
  std::memcpy(bytes.data() + chunk.offset + offsetof(trace::ChunkHeader, raw_size), &too_much_content, sizeof huge);
  reseal(bytes, chunk.offset);
  const auto recording = open(bytes);
  replay(*recording);
  EXPECT_SAYS(all(recording->info().damage), "more than the format allows");
}

TEST(Damage, ChunksMayComeInAnyOrder) {
  const Story story;
  Bytes bytes(story.bytes.begin(), story.bytes.begin() + static_cast<std::ptrdiff_t>(story.chunks[0].offset));
  for (std::size_t i = story.chunks.size(); i-- > 0;) {
    const auto begin = story.bytes.begin() + static_cast<std::ptrdiff_t>(story.chunks[i].offset);
    bytes.insert(bytes.end(), begin, begin + static_cast<std::ptrdiff_t>(story.chunks[i].size));
  }
  const auto recording = open(bytes);
  EXPECT_TRUE(recording->info().complete) << all(recording->info().damage);
  const Replay got = replay(*recording);
  EXPECT_EQ(got.steps.size(), story.steps.size());
  expect_prefixes(got.steps, story.steps);
}

TEST(Damage, AChunkTwiceIsSaid) {
  const Story story;
  const ChunkPlace& chunk = story.chunk(ChunkKind::events, 1, 0);
  Bytes bytes = story.bytes;
  const auto begin = story.bytes.begin() + static_cast<std::ptrdiff_t>(chunk.offset);
  bytes.insert(bytes.end(), begin, begin + static_cast<std::ptrdiff_t>(chunk.size));
  const auto same = open(bytes);
  EXPECT_SAYS(all(same->info().damage), "Stream 1 has its chunk 0 twice");
  EXPECT_EQ(replay(*same).steps, story.steps);

  const std::size_t copy = story.bytes.size();
  bytes[copy + sizeof(trace::ChunkHeader)] ^= std::byte{1};
  reseal(bytes, copy);
  const auto different = open(bytes);
  EXPECT_SAYS(all(different->info().damage), "because the two differ");
  expect_prefixes(replay(*different).steps, story.steps);
}

TEST(Damage, TwoRecordingsInOneFile) {
  const Story story;
  Bytes bytes = story.bytes;
  bytes.insert(bytes.end(), story.bytes.begin(), story.bytes.end());
  const auto recording = open(bytes);
  EXPECT_SAYS(all(recording->info().damage), "two files were joined");
  EXPECT_EQ(replay(*recording).steps, story.steps);
}

TEST(Damage, AHoleIsPassedOver) {
  const Story story;
  const ChunkPlace& chunk = story.chunk(ChunkKind::events, 1, 1);
  Bytes bytes = story.bytes;
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(chunk.offset), 4096, std::byte{0});
  const auto recording = open(bytes);
  EXPECT_SAYS(all(recording->info().damage), "space was reserved for a chunk that was never written. Reading went on");
  EXPECT_EQ(replay(*recording).steps, story.steps);
}

TEST(Damage, AHugeHoleTakesNoTime) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "tenter_damage_test.tent";
  {
    std::ofstream file(path, std::ios::binary);
    const Story story;
    file.write(reinterpret_cast<const char*>(story.bytes.data()), static_cast<std::streamsize>(story.bytes.size()));
  }
  std::error_code no_room;
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40, no_room);
  if (no_room) GTEST_SKIP() << "this file system has no files of a terabyte";
  const auto recording = open_recording(path.string());
  ASSERT_TRUE(recording);
  EXPECT_SAYS(all((*recording)->info().damage), "never written");
  std::filesystem::remove(path);
}

TEST(Damage, ManyChunkHeadersInVainAreGivenUp) {
  const Story story;
  Bytes bytes(story.bytes.begin(), story.bytes.begin() + 64);
  trace::ChunkHeader header{};
  header.magic = trace::chunk_magic;
  header.kind = ChunkKind::events;
  header.stored_size = 900'000;
  const auto* raw = reinterpret_cast<const std::byte*>(&header);
  while (bytes.size() < 4'000'000) bytes.insert(bytes.end(), raw, raw + sizeof header);
  EXPECT_SAYS(all(open(bytes)->info().damage), "Nothing after it could be read.");
}

TEST(Damage, MissingChunksAreCountedAgainstTheEndMark) {
  const Story story;
  const ChunkPlace& last = story.chunk(ChunkKind::events, 2, 2);
  ASSERT_EQ(last.sequence, 2u);
  Bytes bytes = story.bytes;
  const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(last.offset);
  bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(last.size));
  const auto recording = open(bytes);
  EXPECT_FALSE(recording->info().complete);
  EXPECT_SAYS(all(recording->info().damage), "The recorder wrote");
}

// ---- well-formed chunks that lie ------------------------------------------------------------------

std::unique_ptr<Recording> with_chunk(trace::ChunkHeader header, const std::string& stored, std::size_t raw_size) {
  TraceBuilder trace;
  header.kind = ChunkKind::events;
  header.stream = 1;
  header.task = 1;
  trace.add_chunk(header, stored, static_cast<std::uint32_t>(raw_size));
  auto recording = open(trace.bytes());
  replay(*recording);
  return recording;
}

trace::ChunkHeader no_stream() {
  trace::ChunkHeader header{};
  header.kind = ChunkKind::events;
  return header;
}

std::string packed(const std::string& raw) {
  std::string out(ZSTD_compressBound(raw.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), raw.data(), raw.size(), 1));
  return out;
}

TEST(Lies, CompressedContents) {
  trace::ChunkHeader zstd{};
  zstd.codec = trace::Codec::zstd;
  EXPECT_SAYS(all(with_chunk(zstd, packed(std::string(std::size_t{1} << 26, 'x')), 4096)->info().damage),
              "cannot be decompressed");
  EXPECT_SAYS(all(with_chunk(zstd, packed("12345678"), 4096)->info().damage), "holds less than it claims");
  EXPECT_SAYS(all(with_chunk(zstd, "no zstd frame", 4096)->info().damage), "cannot be decompressed");
  EXPECT_SAYS(all(with_chunk({}, "12345678", 16)->info().damage), "has two different sizes");
  EXPECT_SAYS(all(with_chunk({}, "1234567", 7)->info().damage), "does not end with a whole word");
  trace::ChunkHeader unknown{};
  unknown.codec = static_cast<trace::Codec>(9);
  EXPECT_SAYS(all(with_chunk(unknown, "12345678", 8)->info().damage), "does not know. Update tenter");
}

TEST(Lies, TasksThatARecordingOfThisSizeCannotHave) {
  TraceBuilder trace;
  trace.main().sync(Op::task_create, max_task_id - 1).write(0x6000);
  const auto recording = open(trace.bytes());
  for (const PlainStep& step : replay(*recording).steps) EXPECT_LT(step.object, max_task_id - 1);
  EXPECT_SAYS(all(recording->info().damage), "which a recording of this size cannot have");

  TraceBuilder other;
  other.foreign_thread(1, 5'000'000).write(0x6000);
  const auto by_header = open(other.bytes());
  EXPECT_TRUE(replay(*by_header).steps.empty());
  EXPECT_SAYS(all(by_header->info().damage), "names task 5,000,000");
}

TEST(Lies, EventsOfNoStream) {
  TraceBuilder trace;
  trace.add_chunk(no_stream(), "12345678", 8);
  EXPECT_SAYS(all(open(trace.bytes())->info().damage), "holds events of no stream");
}

TEST(Lies, ATicketTwice) {
  TraceBuilder trace;
  ThreadBuilder& main = trace.main();
  main.lock(0x5000).unlock(0x5000);
  main.plain_value(Op::lock_acquire, 0x5000, trace::ticket_word(TraceBuilder::stripe_of(0x5000), 0, 1)).write(0x6000);
  const Replay got = replay(*open(trace.bytes()));
  EXPECT_EQ(got.steps.size(), 3u);
  EXPECT_EQ(got.stalled_streams, 1u);
}

TEST(Lies, TextChunksOfAnyContents) {
  TraceBuilder::Options options;
  options.modules =
      "nonsense\n500000 400000 0 - 1 /backwards\n-1 2 3 - 0 /negative\n1 2 3 - 7 /flag\n1 2 3 xyz 0 /id\n\n1 2 0 - 0 /good\n";
  options.end = "clean=perhaps\nstatus=many\nlost_events=-5\nno equals sign\nstopped=The disk was full.\n";
  TraceBuilder trace(options);
  trace.main().end();
  const auto recording = open(trace.bytes());
  const std::string damage = all(recording->info().damage);
  EXPECT_EQ(recording->info().modules.size(), 1u);
  EXPECT_SAYS(damage, "5 lines of the list of modules");
  EXPECT_SAYS(damage, "does not tell of a clean end");
  EXPECT_SAYS(damage, "Recording stopped before the program did: The disk was full.");
  EXPECT_EQ(recording->info().end, "unknown");
}

TEST(Lies, DamageSentencesAreFew) {
  TraceBuilder trace;
  for (int i = 0; i < 5000; ++i) trace.add_chunk(no_stream(), "12345678", 8);
  const auto recording = open(trace.bytes());
  EXPECT_LE(recording->info().damage.size(), 101u);
  EXPECT_SAYS(recording->info().damage.back(), "4,9");
}

}  // namespace
}  // namespace tenter::analysis
