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
#include <vector>

#include "read/block_store.h"
#include "trace/event.h"

namespace tenter::analysis {

struct StdRecord {
  std::uint64_t place : 48;
  std::uint64_t op : 8;  // trace::Op
  std::uint64_t flags : 4;
  std::uint64_t arg : 4;
  std::uint32_t task;
  std::uint32_t object;  // its number, or the task
  bool operator==(const StdRecord&) const = default;
};
static_assert(sizeof(StdRecord) == 16);

// push_back() and finish() are for one thread; Readers may be used in several, one each.
class StdRecords {
 public:
  class Reader;

  explicit StdRecords(std::size_t blocks_in_memory = 256) : store_(blocks_in_memory) {}
  void push_back(const StdRecord& record);
  // There are no more.
  void finish();
  std::uint64_t size() const { return size_; }
  std::size_t blocks_in_file() const { return store_.blocks_in_file(); }

 private:
  void begin_block();

  BlockStore store_;
  std::vector<std::uint32_t> sizes_;  // of the blocks, in records
  std::uint64_t size_ = 0;
  BlockStore::Block block_;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;  // where no record may begin any more
  StdRecord last_{};          // each block tells all of its first record
  std::array<std::uint32_t, 2> last_object_{};
};

class StdRecords::Reader {
 public:
  explicit Reader(const StdRecords& records) : records_(records) {}
  // Null at the end. Valid until the next call.
  const StdRecord* next() {
    if (at_ == filled_ && !fill()) return nullptr;
    return &ahead_[at_++];
  }
  // That many records after the last one of next(). Null where nothing is decoded yet.
  const StdRecord* peek(std::size_t ahead) const { return ahead < filled_ - at_ ? &ahead_[at_ + ahead] : nullptr; }

 private:
  bool fill();

  const StdRecords& records_;
  std::array<StdRecord, 1024> ahead_;
  std::size_t at_ = 0, filled_ = 0;
  std::size_t block_ = 0;   // the next
  std::uint32_t left_ = 0;  // of the block before it, in records
  const std::byte* bytes_ = nullptr;
  BlockStore::Block buffer_;
  StdRecord last_{};
  std::array<std::uint32_t, 2> last_object_{};
};

}  // namespace tenter::analysis
