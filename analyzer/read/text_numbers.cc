#include "read/text_numbers.h"

#include <cstring>
#include <functional>

namespace tenter::analysis {

TextNumbers::Key TextNumbers::key_of(std::string_view text) {
  const char* const bytes = text.data();
  const std::size_t size = text.size();
  const auto word = [bytes](std::size_t at) {
    std::uint64_t read;
    std::memcpy(&read, bytes + at, sizeof read);
    return read;
  };
  const auto half = [bytes](std::size_t at) {
    std::uint32_t read;
    std::memcpy(&read, bytes + at, sizeof read);
    return std::uint64_t{read};
  };
  const auto byte = [bytes](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(bytes[at])}; };
  if (size > short_bytes) {
    return {std::hash<std::string_view>()(text), 0xff00'0000u};  // no short text has that length
  }
  Key key{0, static_cast<std::uint32_t>(size) << 24};
  if (size >= 8) {
    key.low = word(0);
    for (std::size_t i = 8; i < size; ++i) key.high |= static_cast<std::uint32_t>(byte(i) << 8 * (i - 8));
  } else if (size >= 4) {
    key.low = half(0) | half(size - 4) << 8 * (size - 4);
  } else if (size > 0) {
    key.low = byte(0) | byte(size / 2) << 8 * (size / 2) | byte(size - 1) << 8 * (size - 1);
  }
  return key;
}

std::uint32_t TextNumbers::add(std::size_t at, const Key& key, std::string_view text) {
  const auto number = static_cast<std::uint32_t>(begins_.size());
  begins_.push_back(texts_.size());
  texts_ += text;
  slots_[at] = {key.low, key.high, number + 1};
  if (begins_.size() * 2 <= slots_.size()) return number;
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.next_number == 0) continue;
    std::size_t i = slot_of(slot.key());
    while (slots_[i].next_number != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = slot;
  }
  return number;
}

}  // namespace tenter::analysis
