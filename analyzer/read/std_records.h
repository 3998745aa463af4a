// StdRecords keeps the steps of a trace in their order, in about three bytes each: most of what a step says is what the step
// before it said, or a little more. What is long goes to a file (block_store.h).
//
//   records.push_back(record);
//   records.finish();
//   for (StdRecords::Reader reader(records); const StdRecord* record = reader.next();) ...
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "read/block_store.h"
#include "trace/event.h"

namespace tenter::analysis {

struct StdRecord {
  std::uint64_t place : 48;
  std::uint64_t what : 16;
  std::uint32_t task;
  std::uint32_t object;  // its number, or the task

  static StdRecord of(std::uint64_t place, unsigned what, std::uint32_t task, std::uint32_t object) {
    return {place & 0xffff'ffff'ffff, what & 0xffff, task, object};
  }
  static constexpr unsigned what_of(trace::Op op, unsigned flags, unsigned arg) {
    return static_cast<unsigned>(op) | (flags & 0xf) << 8 | (arg & 0xf) << 12;
  }
  trace::Op op() const { return static_cast<trace::Op>(what & 0xff); }
  std::uint8_t flags() const { return static_cast<std::uint8_t>(what >> 8 & 0xf); }
  std::uint8_t arg() const { return static_cast<std::uint8_t>(what >> 12 & 0xf); }
  bool operator==(const StdRecord&) const = default;
};
static_assert(sizeof(StdRecord) == 16);

// push_back() and finish() are for one thread; Readers may be used in several, one each.
class StdRecords {
 public:
  class Reader;
  // What a record is told as a change from. Each block tells all of its first record.
  struct Before {
    std::uint64_t place = 0;
    std::uint32_t task = 0;
    std::array<std::uint32_t, 2> object{};  // of the last step that was no access, and of the last access
    void take(StdRecord record, bool access) {
      place = record.place;
      task = record.task;
      object[access] = record.object;
    }
  };

  explicit StdRecords(std::size_t blocks_in_memory = 256) : store_(blocks_in_memory) {}
  void push_back(StdRecord record);
  // There are no more.
  void finish();
  std::uint64_t size() const { return size_; }
  std::size_t blocks_in_file() const { return store_.blocks_in_file(); }

 private:
  void begin_block();
  void end_block();
  [[gnu::noinline]] void push_first(StdRecord record);
  [[gnu::noinline]] void push_long(StdRecord record, unsigned first);

  BlockStore store_;
  std::vector<std::uint32_t> sizes_;  // of the blocks that have ended, in records
  std::uint64_t size_ = 0;
  std::uint64_t begun_at_ = 0;  // of the present block, its first record's number
  BlockStore::Block block_;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;  // where no record may begin any more
  Before before_;
};

class StdRecords::Reader {
 public:
  explicit Reader(const StdRecords& records) : records_(records) {}
  // Null at the end. Valid until the next call.
  const StdRecord* next() {
    if (at_ == filled_ && !fill()) return nullptr;
    return &ahead_[at_++];
  }
  // That many records after the last one of next(). Null where it is not decoded yet.
  const StdRecord* peek(std::size_t ahead) const { return ahead < filled_ - at_ ? &ahead_[at_ + ahead] : nullptr; }

 private:
  bool fill();
  void decode(std::span<StdRecord> records);

  const StdRecords& records_;
  std::array<StdRecord, 1024> ahead_;
  std::size_t at_ = 0, filled_ = 0;
  std::size_t block_ = 0;   // the next
  std::uint32_t left_ = 0;  // of the block before it, in records
  const std::byte* bytes_ = nullptr;
  BlockStore::Block buffer_;
  Before before_;
};

}  // namespace tenter::analysis
