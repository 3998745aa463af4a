#include "read/std_records.h"

#include <bit>
#include <cstring>
#include <utility>

namespace tenter::analysis {
namespace {

using trace::Op;

// A record begins with a byte: which kind of step (3 bits), whether the task is the last one's (1), and how wide the changes of
// place and object are (2 each). Then come: for `other` its op, flags and argument; the task where it is another one; the two
// changes. An object's change is from that of the last access for accesses, and from that of the last other step for those.
enum Kind : unsigned { read_access, write_access, lock_acquire, lock_release, other };
constexpr unsigned same_task = 8;
constexpr std::array<unsigned, 4> place_bytes = {0, 1, 2, 7}, object_bytes = {0, 1, 2, 4};
constexpr std::size_t most_bytes = 1 + 2 + 4 + 7 + 4;
// Numbers are written and read as eight bytes.
constexpr std::size_t slack_bytes = 8;

constexpr auto lock_kind = static_cast<std::uint64_t>(trace::LockKind::recursive_mutex);
constexpr std::array<StdRecord, 4> usual = {
    StdRecord{0, static_cast<std::uint64_t>(Op::access_range), 0, 0, 0, 0},
    StdRecord{0, static_cast<std::uint64_t>(Op::access_range), trace::AccessFlag::write, 0, 0, 0},
    StdRecord{0, static_cast<std::uint64_t>(Op::lock_acquire), 0, lock_kind, 0, 0},
    StdRecord{0, static_cast<std::uint64_t>(Op::lock_release), 0, lock_kind, 0, 0}};

Kind kind_of(const StdRecord& record) {
  for (unsigned kind = 0; kind < usual.size(); ++kind) {
    const StdRecord& one = usual[kind];
    if (record.op == one.op && record.flags == one.flags && record.arg == one.arg) return static_cast<Kind>(kind);
  }
  return other;
}

// Small numbers for small changes up and down.
std::uint64_t zigzag(std::int64_t change) {
  return static_cast<std::uint64_t>(change) << 1 ^ static_cast<std::uint64_t>(change >> 63);
}
std::uint64_t unzigzag(std::uint64_t number) { return number >> 1 ^ (0 - (number & 1)); }

unsigned width_code(std::uint64_t number, const std::array<unsigned, 4>& widths) {
  const unsigned bytes = (static_cast<unsigned>(std::bit_width(number)) + 7) / 8;
  return (bytes > widths[0]) + (bytes > widths[1]) + (bytes > widths[2]);
}

void put(std::byte*& at, std::uint64_t number, unsigned bytes) {
  std::memcpy(at, &number, sizeof number);
  at += bytes;
}
std::uint64_t get(const std::byte*& at, unsigned bytes) {
  std::uint64_t number;
  std::memcpy(&number, at, sizeof number);
  at += bytes;
  return bytes == 8 ? number : number & ((std::uint64_t{1} << 8 * bytes) - 1);
}

}  // namespace

void StdRecords::begin_block() {
  block_ = block_ == nullptr ? BlockStore::make_block() : store_.append(std::move(block_));
  sizes_.push_back(0);
  at_ = block_.get();
  end_ = at_ + BlockStore::block_bytes - most_bytes - slack_bytes;
  last_ = {};
  last_object_ = {};
}

void StdRecords::push_back(const StdRecord& record) {
  if (at_ >= end_) begin_block();
  ++sizes_.back();
  ++size_;
  const Kind kind = kind_of(record);
  std::uint32_t& last_object = last_object_[kind <= write_access];
  const std::uint64_t place = zigzag(static_cast<std::int64_t>(record.place) - static_cast<std::int64_t>(last_.place));
  const std::uint64_t object =
      static_cast<std::uint32_t>(zigzag(static_cast<std::int32_t>(record.object - last_object)));
  const unsigned place_code = width_code(place, place_bytes), object_code = width_code(object, object_bytes);
  const bool same = record.task == last_.task;
  put(at_, kind | (same ? same_task : 0u) | place_code << 4 | object_code << 6, 1);
  if (kind == other)
    put(at_, std::uint64_t{record.op} | std::uint64_t{record.flags} << 8 | std::uint64_t{record.arg} << 12, 2);
  if (!same) put(at_, record.task, 4);
  put(at_, place, place_bytes[place_code]);
  put(at_, object, object_bytes[object_code]);
  last_ = record;
  last_object = record.object;
}

void StdRecords::finish() {
  if (block_ != nullptr) store_.append(std::move(block_));
  at_ = end_ = nullptr;
}

bool StdRecords::Reader::fill() {
  at_ = filled_ = 0;
  while (filled_ < ahead_.size()) {
    if (left_ == 0) {
      if (block_ == records_.sizes_.size()) break;
      left_ = records_.sizes_[block_];
      bytes_ = records_.store_.read(block_++, buffer_);
      last_ = {};
      last_object_ = {};
    }
    --left_;
    const auto first = static_cast<unsigned>(get(bytes_, 1));
    const unsigned kind = first & 7;
    StdRecord record = usual[kind & 3];
    if (kind == other) {
      const std::uint64_t what = get(bytes_, 2);
      record.op = what & 0xff;
      record.flags = what >> 8 & 0xf;
      record.arg = what >> 12;
    }
    record.task = (first & same_task) != 0 ? last_.task : static_cast<std::uint32_t>(get(bytes_, 4));
    record.place = last_.place + unzigzag(get(bytes_, place_bytes[first >> 4 & 3]));
    std::uint32_t& last_object = last_object_[kind <= write_access];
    record.object = last_object + static_cast<std::uint32_t>(unzigzag(get(bytes_, object_bytes[first >> 6])));
    last_object = record.object;
    last_ = record;
    ahead_[filled_++] = record;
  }
  return filled_ > 0;
}

}  // namespace tenter::analysis
