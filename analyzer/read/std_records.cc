#include "read/std_records.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "read/eight_bytes.h"
#include "trace/word_codec.h"

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

constexpr auto lock_kind = static_cast<unsigned>(trace::LockKind::recursive_mutex);
constexpr std::array<unsigned, 4> usual = {
    StdRecord::what_of(Op::access_range, 0, 0), StdRecord::what_of(Op::access_range, trace::AccessFlag::write, 0),
    StdRecord::what_of(Op::lock_acquire, 0, lock_kind), StdRecord::what_of(Op::lock_release, 0, lock_kind)};

// Without branches: reads and writes follow each other as no processor foresees.
unsigned kind_of(unsigned what) {
  unsigned kind = other;
  for (unsigned one = 0; one < usual.size(); ++one) kind = what == usual[one] ? one : kind;
  return kind;
}

// Small numbers for small changes up and down.
std::uint64_t change_of_place(std::uint64_t now, std::uint64_t before) { return trace::zigzag(now - before); }
std::uint64_t change_of_object(std::uint32_t now, std::uint32_t before) {
  return static_cast<std::uint32_t>(trace::zigzag(static_cast<std::uint64_t>(static_cast<std::int32_t>(now - before))));
}

// By how many bits a number has. The widths of places and objects are the same but for the largest.
constexpr auto width_codes = [] {
  std::array<std::uint8_t, 65> codes{};
  for (unsigned bits = 0; bits < codes.size(); ++bits) codes[bits] = bits == 0 ? 0 : bits <= 8 ? 1 : bits <= 16 ? 2 : 3;
  return codes;
}();
// Of less than 63 bits.
unsigned width_code(std::uint64_t number) {
  return width_codes[63u - static_cast<unsigned>(std::countl_zero(number << 1 | 1))];
}

// Nearly all: the last one's task, and nothing but changes, of which that of place has as many bytes as its code says. Eight bytes hold
// it all.
bool is_short(unsigned first) { return (first & (same_task | other)) == same_task && (first & 0x30) != 0x30; }

void put(std::byte*& at, std::uint64_t number, unsigned bytes) {
  std::memcpy(at, &number, sizeof number);
  at += bytes;
}
std::uint64_t get(const std::byte*& at, unsigned bytes) {
  std::uint64_t number;
  std::memcpy(&number, at, sizeof number);
  at += bytes;
  return low_bytes(number, bytes);
}

}  // namespace

void StdRecords::begin_block() {
  if (block_ == nullptr) {
    block_ = BlockStore::make_block();
  } else {
    end_block();
    block_ = store_.append(std::move(block_));
  }
  at_ = block_.get();
  end_ = at_ + BlockStore::block_bytes - most_bytes - slack_bytes;
  before_ = {};
}

void StdRecords::end_block() {
  sizes_.push_back(static_cast<std::uint32_t>(size_ - begun_at_));
  begun_at_ = size_;
}

// What is long and what begins a block is left to functions of their own, which return to the caller: so there are no registers to be
// saved for the others.
void StdRecords::push_back(StdRecord record) {
  if (at_ >= end_) [[unlikely]] { return push_first(record); }
  const unsigned kind = kind_of(record.what);
  const std::uint64_t place = change_of_place(record.place, before_.place),
                      object = change_of_object(record.object, before_.object[kind <= write_access]);
  const unsigned place_code = width_code(place), object_code = width_code(object);
  const unsigned first = kind | (record.task == before_.task ? same_task : 0u) | place_code << 4 | object_code << 6;
  if (!is_short(first)) [[unlikely]] { return push_long(record, first); }
  put(at_, first | place << 8 | object << (8 + 8 * place_code), 1 + place_code + object_bytes[object_code]);
  before_.take(record, kind <= write_access);
  ++size_;
}

void StdRecords::push_first(StdRecord record) {
  begin_block();
  push_back(record);
}

void StdRecords::push_long(StdRecord record, unsigned first) {
  const unsigned kind = first & 7;
  put(at_, first, 1);
  if (kind == other) put(at_, record.what, 2);
  if ((first & same_task) == 0) put(at_, record.task, 4);
  put(at_, change_of_place(record.place, before_.place), place_bytes[first >> 4 & 3]);
  put(at_, change_of_object(record.object, before_.object[kind <= write_access]), object_bytes[first >> 6]);
  before_.take(record, kind <= write_access);
  ++size_;
}

void StdRecords::finish() {
  if (block_ != nullptr) {
    end_block();
    store_.append(std::move(block_));
  }
  at_ = end_ = nullptr;
}

bool StdRecords::Reader::fill() {
  at_ = filled_ = 0;
  while (filled_ < ahead_.size()) {
    if (left_ == 0) {
      if (block_ == records_.sizes_.size()) break;
      left_ = records_.sizes_[block_];
      bytes_ = records_.store_.read(block_++, buffer_);
      before_ = {};
    }
    const auto records = static_cast<std::uint32_t>(std::min<std::size_t>(left_, ahead_.size() - filled_));
    decode(std::span(ahead_).subspan(filled_, records));
    left_ -= records;
    filled_ += records;
  }
  return filled_ > 0;
}

void StdRecords::Reader::decode(std::span<StdRecord> records) {
  const std::byte* at = bytes_;
  Before before = before_;
  for (StdRecord& record : records) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const auto first = static_cast<unsigned>(word & 0xff), kind = first & 7, place_code = first >> 4 & 3;
    const unsigned in_object = object_bytes[first >> 6];
    unsigned what = usual[kind & 3];
    std::uint64_t place, object;
    if (is_short(first)) [[likely]] {
      place = low_bytes(word >> 8, place_code);
      object = low_bytes(word >> (8 + 8 * place_code), in_object);
      at += 1 + place_code + in_object;
    } else {
      ++at;
      if (kind == other) what = static_cast<unsigned>(get(at, 2));
      if ((first & same_task) == 0) before.task = static_cast<std::uint32_t>(get(at, 4));
      place = get(at, place_bytes[place_code]);
      object = get(at, in_object);
    }
    std::uint32_t& last_object = before.object[kind <= write_access];
    before.place += trace::unzigzag(place);
    last_object += static_cast<std::uint32_t>(trace::unzigzag(object));
    record = StdRecord::of(before.place, what, before.task, last_object);
  }
  bytes_ = at;
  before_ = before;
}

}  // namespace tenter::analysis
