// TextNumbers gives equal texts equal numbers, counted from 0, and keeps each text once.
//
//   TextNumbers names;
//   names.number_of("T0");  // 0, and again 0 whenever it is asked for "T0"
//
// Most texts are a few letters and a count: V0, V1, V2. Their numbers lie in an array by that count: what was made one after
// the other is used so, and finding a number is one look at memory that is often near. Other texts are in a table, which holds
// those of up to 11 bytes itself. One object is for one thread; its const functions may be called from several.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/chunks.h"
#include "read/eight_bytes.h"

namespace tenter::analysis {

class TextNumbers {
 public:
  // Of at most 2^32 - 1 texts.
  std::uint32_t number_of(std::string_view text);
  // The same of a text that has eight readable bytes where it begins, whatever its size.
  std::uint32_t number_of_readable(std::string_view text) {
    return text.size() - 1 < 8 ? number_of(counted_text(first_eight(text), text.size()), text) : number_of(text);
  }
  std::string text(std::uint32_t number) const;
  std::size_t size() const { return names_.size(); }

 private:
  static constexpr std::size_t short_bytes = 11;
  // Each costs memory of its own, so there are not as many of them as there are texts.
  static constexpr std::size_t most_families = 16;

  // "V12" is 12 of the prefix "V".
  struct Counted {
    std::uint64_t prefix;  // its length, and its up to seven bytes above that
    std::uint32_t count;
    explicit operator bool() const { return prefix != UINT64_MAX; }
  };
  static constexpr Counted not_counted{UINT64_MAX, 0};
  static Counted counted_text(std::string_view text);
  // Of one to eight bytes. Those above its size are passed over.
  static Counted counted_text(std::uint64_t bytes, std::size_t size) {
    const std::size_t others = 8 - size;
    // With the last byte of the text highest; what is below its first is no digit.
    const std::uint64_t values = (bytes << 8 * others) ^ eight_zeros;
    const auto digits = static_cast<std::size_t>(std::countl_zero(no_digits(values))) / 8;
    const std::size_t letters = size - digits;
    // Of two texts that differ in zeros in front of the count, one is no count.
    if (digits == 0 || (digits > 1 && (bytes >> 8 * letters & 0xff) == '0')) return not_counted;
    const std::size_t no_count = 8 * (8 - digits);
    return Counted{letters | low_bytes(bytes, letters) << 8, value_of_digits(values >> no_count << no_count)};
  }
  std::uint32_t number_of(Counted counted, std::string_view text) {
    if (last_family_ != nullptr && last_family_->prefix == counted.prefix)
      if (const std::uint32_t next = last_family_->next_number(counted.count); next != 0) return next - 1;
    return number_of_other(counted, text);
  }
  // Of a text that is new, or of another family than the last one.
  std::uint32_t number_of_other(Counted counted, std::string_view text);

  // The texts of one prefix.
  struct Family {
    std::uint64_t prefix;
    Chunks<std::uint32_t> numbers;  // by count, each one more than the number; 0: not here
    bool some_in_table = false;
    std::uint32_t next_number(std::uint32_t count) const { return count < numbers.size() ? numbers[count] : 0; }
  };
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
  // How a text is made again: a count of a family, or one of texts_.
  struct Name {
    std::uint32_t family;  // no_family: none
    std::uint32_t count;
  };
  static constexpr std::uint32_t no_family = UINT32_MAX;

  static Key key_of(std::string_view text);
  std::size_t slot_of(const Key& key) const {
    std::uint64_t hash = (key.low ^ key.high * 0xff51afd7ed558ccdull) * 0x9e3779b97f4a7c15ull;
    hash = (hash ^ hash >> 32) * 0xbf58476d1ce4e5b9ull;
    return static_cast<std::size_t>(hash >> 20) & (slots_.size() - 1);
  }
  Family* family_of(std::uint64_t prefix);
  // Where the text is in the table, or where it would be.
  std::size_t place_in_table(const Key& key, std::string_view text) const;
  std::uint32_t number_in_table(std::string_view text);
  std::string_view table_text(std::size_t i) const {
    const std::size_t end = i + 1 < begins_.size() ? begins_[i + 1] : texts_.size();
    return std::string_view(texts_).substr(begins_[i], end - begins_[i]);
  }

  std::vector<Family> families_;
  Family* last_family_ = nullptr;
  Chunks<Name> names_;                               // by number
  std::vector<Slot> slots_ = std::vector<Slot>(64);  // a power of two, at most half full
  std::vector<std::size_t> begins_;                  // of the texts of the table, in texts_
  std::string texts_;
};

}  // namespace tenter::analysis
