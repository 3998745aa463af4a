// TextNumbers gives equal texts equal numbers, counted from 0, and keeps each text once.
//
//   TextNumbers names;
//   names.number_of("T0");  // 0, and again 0 whenever it is asked for "T0"
//
// A text of up to 11 bytes lies in the table itself, so that finding its number is one look into memory. One object is for
// one thread; its const functions may be called from several.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenter::analysis {

class TextNumbers {
 public:
  // Of at most 2^32 - 1 texts.
  std::uint32_t number_of(std::string_view text) {
    const Key key = key_of(text);
    for (std::size_t i = slot_of(key);; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.next_number == 0) return add(i, key, text);
      if (slot.key() == key && (text.size() <= short_bytes || this->text(slot.next_number - 1) == text))
        return slot.next_number - 1;
    }
  }
  // Valid until the next number_of().
  std::string_view text(std::uint32_t number) const {
    const std::size_t end = number + 1u < begins_.size() ? begins_[number + 1u] : texts_.size();
    return std::string_view(texts_).substr(begins_[number], end - begins_[number]);
  }
  std::size_t size() const { return begins_.size(); }

 private:
  static constexpr std::size_t short_bytes = 11;
  // The bytes and the length of a short text; a hash of a long one.
  struct Key {
    std::uint64_t low = 0;
    std::uint32_t high = 0;
    bool operator==(const Key&) const = default;
  };
  struct Slot {
    std::uint64_t low = 0;
    std::uint32_t high = 0;
    std::uint32_t next_number = 0;  // 0: empty
    Key key() const { return {low, high}; }
  };
  static Key key_of(std::string_view text);
  std::size_t slot_of(const Key& key) const {
    std::uint64_t hash = (key.low ^ key.high * 0xff51afd7ed558ccdull) * 0x9e3779b97f4a7c15ull;
    hash = (hash ^ hash >> 32) * 0xbf58476d1ce4e5b9ull;
    return static_cast<std::size_t>(hash >> 20) & (slots_.size() - 1);
  }
  std::uint32_t add(std::size_t at, const Key& key, std::string_view text);

  std::vector<Slot> slots_ = std::vector<Slot>(64);  // a power of two, at most half full
  std::vector<std::size_t> begins_;                  // by number, in texts_
  std::string texts_;
};

}  // namespace tenter::analysis
