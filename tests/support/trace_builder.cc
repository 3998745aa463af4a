#include "support/trace_builder.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <fstream>

#include "base/check.h"
#include "base/crc32c.h"
#include "trace/word_codec.h"

namespace tenter::analysis {

using trace::ChunkHeader;
using trace::ChunkKind;
using trace::Op;
using trace::Word;

// ---- threads -----------------------------------------------------------------------------------

// What the recorder does at the start of every chunk: it says again where the thread stands.
void ThreadBuilder::begin_chunk() {
  chunk_task_ = task_;
  written_pc_ = 0;
  for (const std::uint64_t call_site : callers_) put(trace::event_word(Op::enter, 0, 0, call_site));
}

void ThreadBuilder::begin_event(std::size_t words) {
  TENTER_CHECK(!trace_.closed_, "events are added before bytes() closes the file");
  // The event, its code address, and at the start of a chunk the calls.
  if (words_.size() + words + 1 > trace_.options_.words_per_chunk) seal();
  if (words_.empty()) begin_chunk();
}

ThreadBuilder& ThreadBuilder::at(std::uint64_t pc) {
  pc_ = pc;
  return *this;
}

ThreadBuilder& ThreadBuilder::enter(std::uint64_t call_site) {
  begin_event(1);
  callers_.push_back(call_site);
  put(trace::event_word(Op::enter, 0, 0, call_site));
  return *this;
}

ThreadBuilder& ThreadBuilder::leave(std::uint64_t functions) {
  begin_event(1);
  for (std::uint64_t i = 0; i < functions && !callers_.empty(); ++i) callers_.pop_back();
  put(trace::event_word(Op::leave, 0, 0, functions));
  return *this;
}

ThreadBuilder& ThreadBuilder::read(std::uint64_t address, std::uint64_t size) { return access_range(address, size, 0); }

ThreadBuilder& ThreadBuilder::write(std::uint64_t address, std::uint64_t size) {
  return access_range(address, size, trace::AccessFlag::write);
}

ThreadBuilder& ThreadBuilder::access_range(std::uint64_t address, std::uint64_t size, std::uint8_t access_flags) {
  const bool short_form = size <= 8 && std::has_single_bit(size) && (access_flags & ~trace::AccessFlag::write) == 0;
  if (!short_form) return plain_value(Op::access_range, address, size, access_flags);
  begin_event(1);
  auto delta = static_cast<std::int64_t>(pc_ - written_pc_);
  if (!trace::fits_pc_delta(delta)) {
    put(trace::event_word(Op::set_pc, 0, 0, pc_));
    delta = 0;
  }
  written_pc_ = pc_;
  put(trace::access_word(address, static_cast<unsigned>(std::countr_zero(size)), access_flags != 0, delta));
  return *this;
}

ThreadBuilder& ThreadBuilder::plain(Op op, std::uint64_t payload, std::uint8_t flags) {
  begin_event(1);
  if (pc_ != written_pc_) put(trace::event_word(Op::set_pc, 0, 0, pc_));
  written_pc_ = pc_;
  put(trace::event_word(op, 0, flags, payload));
  return *this;
}

ThreadBuilder& ThreadBuilder::plain_value(Op op, std::uint64_t payload, std::uint64_t value, std::uint8_t flags) {
  begin_event(2);
  if (pc_ != written_pc_) put(trace::event_word(Op::set_pc, 0, 0, pc_));
  written_pc_ = pc_;
  put(trace::event_word(op, 1, flags, payload));
  put(value);
  return *this;
}

ThreadBuilder& ThreadBuilder::sync(Op op, std::uint64_t object, std::uint8_t flags, std::uint8_t arg) {
  return plain_value(op, object, trace_.ticket(object, arg), flags);
}

ThreadBuilder& ThreadBuilder::sync_value(Op op, std::uint64_t object, std::uint64_t value, std::uint8_t flags,
                                         std::uint8_t arg) {
  begin_event(3);
  if (pc_ != written_pc_) put(trace::event_word(Op::set_pc, 0, 0, pc_));
  written_pc_ = pc_;
  put(trace::event_word(op, 2, flags, object));
  put(trace_.ticket(object, arg));
  put(value);
  return *this;
}

ThreadBuilder& ThreadBuilder::lock(std::uint64_t mutex, std::uint8_t flags, trace::LockKind kind) {
  return sync(Op::lock_acquire, mutex, flags, static_cast<std::uint8_t>(kind));
}

ThreadBuilder& ThreadBuilder::unlock(std::uint64_t mutex, std::uint8_t flags, trace::LockKind kind) {
  return sync(Op::lock_release, mutex, flags, static_cast<std::uint8_t>(kind));
}

ThreadBuilder& ThreadBuilder::atomic(Op op, std::uint64_t address, trace::MemoryOrder order, std::uint8_t size) {
  return sync(op, address, static_cast<std::uint8_t>(order), size);
}

ThreadBuilder& ThreadBuilder::alloc(std::uint64_t address, std::uint64_t size, trace::MemoryKind kind) {
  return sync_value(Op::alloc, address, size, 0, static_cast<std::uint8_t>(kind));
}

ThreadBuilder& ThreadBuilder::free(std::uint64_t address, std::uint64_t size, trace::MemoryKind kind) {
  return sync_value(Op::free, address, size, 0, static_cast<std::uint8_t>(kind));
}

ThreadBuilder& ThreadBuilder::name(trace::NameOf what, std::uint64_t id_or_address, std::string_view text) {
  text = text.substr(0, trace::max_name_bytes);
  const auto extra = static_cast<unsigned>((text.size() + sizeof(Word) - 1) / sizeof(Word));
  begin_event(1 + extra);
  put(trace::event_word(Op::name, extra, static_cast<std::uint8_t>(what), id_or_address));
  Word words[trace::max_extra_words] = {};
  if (!text.empty()) std::memcpy(words, text.data(), text.size());
  for (unsigned i = 0; i < extra; ++i) put(words[i]);
  return *this;
}

ThreadBuilder& ThreadBuilder::wait_begin(trace::WaitKind kind, std::uint64_t object) {
  return plain_value(Op::wait_begin, object, static_cast<std::uint64_t>(kind));
}

ThreadBuilder& ThreadBuilder::wait_end() { return plain(Op::wait_end, 0); }

ThreadBuilder& ThreadBuilder::spawn() {
  const std::uint32_t child = trace_.new_task();
  constexpr auto kind = static_cast<std::uint8_t>(trace::TaskKind::thread);
  sync(Op::task_create, child, 0, kind);
  ThreadBuilder& thread = trace_.foreign_thread(trace_.last_stream_ + 1, child);
  return thread.sync(Op::task_start, child, 0, kind);
}

std::uint32_t ThreadBuilder::create_task() {
  const std::uint32_t child = trace_.new_task();
  sync(Op::task_create, child, 0, static_cast<std::uint8_t>(trace::TaskKind::task));
  return child;
}

ThreadBuilder& ThreadBuilder::start_task(std::uint32_t task) {
  resume(task);
  return sync(Op::task_start, task, 0, static_cast<std::uint8_t>(trace::TaskKind::task));
}

ThreadBuilder& ThreadBuilder::resume(std::uint32_t task) {
  sync(Op::task_resume, task);
  callers_.clear();
  task_ = task == 0 ? own_task_ : task;
  return *this;
}

ThreadBuilder& ThreadBuilder::suspend() {
  sync(Op::task_suspend, task_);
  callers_.clear();
  task_ = own_task_;
  return *this;
}

ThreadBuilder& ThreadBuilder::end_task() { return sync(Op::task_end, task_); }
ThreadBuilder& ThreadBuilder::join(const ThreadBuilder& other) { return sync(Op::task_join, other.own_task_); }
ThreadBuilder& ThreadBuilder::end() { return sync(Op::task_end, own_task_); }

ThreadBuilder& ThreadBuilder::word(Word raw) {
  begin_event(1);
  put(raw);
  return *this;
}

ThreadBuilder& ThreadBuilder::seal() {
  trace_.seal(*this);
  return *this;
}

ThreadBuilder& ThreadBuilder::leave_in_window(std::uint64_t full_words) {
  trace_.add_window(*this, full_words);
  ++sequence_;
  words_.clear();
  return *this;
}

// ---- the file --------------------------------------------------------------------------------------------

TraceBuilder::TraceBuilder(Options options) : options_(std::move(options)), counts_(std::size_t{1} << 16) {
  trace::FileHeader header{};
  std::memcpy(header.magic, trace::file_magic, sizeof header.magic);
  header.major = trace::format_major;
  header.minor = trace::format_minor;
  header.header_size = sizeof header;
  header.process_id = 4242;
  header.start_time_ns = 1'700'000'000'000'000'000;
  header.random_id[0] = 0x0123456789abcdef;
  header.random_id[1] = 0xfedcba9876543210;
  append(&header, sizeof header);
  add_text(ChunkKind::process, "program=" + options_.program + "\npid=4242\nargv0=program\ncwd=/tmp\n");
}

ThreadBuilder& TraceBuilder::main() {
  if (threads_.empty()) {
    const std::uint32_t task = new_task();
    foreign_thread(1, task).sync(Op::task_start, task, 0, static_cast<std::uint8_t>(trace::TaskKind::main));
  }
  return threads_.front();
}

ThreadBuilder& TraceBuilder::foreign_thread(std::uint32_t stream, std::uint32_t task) {
  last_stream_ = std::max(last_stream_, stream);
  threads_.push_back(ThreadBuilder(*this, stream, task));
  return threads_.back();
}

std::uint32_t TraceBuilder::stripe_of(std::uint64_t object) {
  return static_cast<std::uint32_t>(object * 0x9e3779b97f4a7c15ull >> 48);
}

Word TraceBuilder::ticket(std::uint64_t object, std::uint8_t arg) {
  const std::uint32_t stripe = stripe_of(object);
  return trace::ticket_word(stripe, arg, counts_[stripe]++);
}

void TraceBuilder::append(const void* bytes, std::size_t size) {
  const auto* begin = static_cast<const std::byte*>(bytes);
  bytes_.insert(bytes_.end(), begin, begin + size);
}

void TraceBuilder::add_chunk(ChunkHeader header, std::string_view stored, std::uint32_t raw_size) {
  const std::size_t offset = bytes_.size();
  header.magic = trace::chunk_magic;
  header.stored_size = static_cast<std::uint32_t>(stored.size());
  header.raw_size = raw_size;
  append(&header, sizeof header);
  append(stored.data(), stored.size());
  bytes_.resize((bytes_.size() + 7) / 8 * 8);
  if (header.kind != ChunkKind::live && header.kind != ChunkKind::padding) reseal(bytes_, offset);
  chunks_.push_back({offset, bytes_.size() - offset, header.kind, header.stream, header.sequence});
}

void TraceBuilder::add_text(ChunkKind kind, std::string_view text) {
  ChunkHeader header{};
  header.kind = kind;
  add_chunk(header, text, static_cast<std::uint32_t>(text.size()));
}

void TraceBuilder::seal(ThreadBuilder& thread) {
  if (thread.words_.empty()) return;
  const std::size_t raw_size = thread.words_.size() * sizeof(Word);
  std::string stored(reinterpret_cast<const char*>(thread.words_.data()), raw_size);
  if (options_.codec == trace::Codec::zstd) {
    std::string packed(ZSTD_compressBound(raw_size), '\0');
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), stored.data(), stored.size(), 1);
    TENTER_CHECK(ZSTD_isError(size) == 0, "the buffer has the size that zstd asks for");
    packed.resize(size);
    stored = std::move(packed);
  } else if (options_.codec == trace::Codec::words) {
    trace::WordPredictor predictor{};
    std::string encoded(trace::encoded_bound(thread.words_.size()), '\0');
    encoded.resize(trace::WordEncoder::encode(predictor, thread.words_.data(), thread.words_.size(),
                                              reinterpret_cast<unsigned char*>(encoded.data())));
    stored = std::move(encoded);
  }
  ChunkHeader header{};
  header.kind = ChunkKind::events;
  header.codec = options_.codec;
  header.stream = thread.stream_;
  header.sequence = thread.sequence_++;
  header.task = thread.chunk_task_;
  add_chunk(header, stored, static_cast<std::uint32_t>(raw_size));
  thread.words_.clear();
}

void TraceBuilder::add_window(ThreadBuilder& thread, std::uint64_t full_words) {
  trace::LiveHeader live{};
  live.stream = thread.stream_;
  live.sequence = thread.sequence_;
  live.task = thread.chunk_task_;
  live.full_words = full_words;
  std::string window(reinterpret_cast<const char*>(&live), sizeof live);
  window.append(reinterpret_cast<const char*>(thread.words_.data()), thread.words_.size() * sizeof(Word));
  window.append(8 * sizeof(Word), '\0');
  ChunkHeader header{};
  header.kind = ChunkKind::live;
  add_chunk(header, window, static_cast<std::uint32_t>(window.size() - sizeof live));
}

const std::vector<std::byte>& TraceBuilder::bytes() {
  if (closed_) return bytes_;
  for (ThreadBuilder& thread : threads_) {
    if (options_.unsealed) {
      add_window(thread, 0);
    } else {
      seal(thread);
    }
  }
  if (!options_.modules.empty()) add_text(ChunkKind::modules, options_.modules);
  if (options_.end_mark && !options_.unsealed) {
    std::size_t events = 0;
    for (const ChunkPlace& chunk : chunks_) events += chunk.kind == ChunkKind::events ? 1 : 0;
    add_text(ChunkKind::end, options_.end + "chunks=" + std::to_string(events) + "\n");
  }
  if (!options_.outcome.empty()) add_text(ChunkKind::outcome, options_.outcome);
  closed_ = true;
  return bytes_;
}

void TraceBuilder::write_to(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  const std::vector<std::byte>& all = bytes();
  file.write(reinterpret_cast<const char*>(all.data()), static_cast<std::streamsize>(all.size()));
  TENTER_CHECK(file.good(), "the test can write its recording");
}

void reseal(std::vector<std::byte>& recording, std::size_t offset) {
  ChunkHeader header;
  std::memcpy(&header, recording.data() + offset, sizeof header);
  header.crc = 0;
  header.crc = crc32c(recording.data() + offset + sizeof header, header.stored_size, crc32c(&header, sizeof header));
  std::memcpy(recording.data() + offset, &header, sizeof header);
}

}  // namespace tenter::analysis
