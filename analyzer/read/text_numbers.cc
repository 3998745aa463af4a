#include "read/text_numbers.h"

#include <cstring>
#include <functional>

namespace tenter::analysis {
namespace {

std::uint64_t byte(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

template <class Word>
std::uint64_t word(std::string_view text, std::size_t at) {
  Word read;
  std::memcpy(&read, text.data() + at, sizeof read);
  return read;
}

// The first eight bytes, the first of them lowest; zeros after the end of a shorter text.
std::uint64_t first_bytes(std::string_view text) {
  const std::size_t size = text.size();
  if (size >= 8) return word<std::uint64_t>(text, 0);
  if (size >= 4) return word<std::uint32_t>(text, 0) | word<std::uint32_t>(text, size - 4) << 8 * (size - 4);
  if (size == 0) return 0;
  return byte(text, 0) | byte(text, size / 2) << 8 * (size / 2) | byte(text, size - 1) << 8 * (size - 1);
}

constexpr std::size_t most_letters = 7, most_digits = 9;

}  // namespace

TextNumbers::Counted TextNumbers::counted_text(std::string_view text) {
  if (text.empty()) return not_counted;
  if (text.size() <= 8) return counted_text(first_bytes(text), text.size());
  std::size_t digits = 0;
  std::uint32_t count = 0, unit = 1;
  for (; digits < most_digits; ++digits, unit *= 10) {
    const auto digit = static_cast<std::uint32_t>(byte(text, text.size() - 1 - digits) - '0');
    if (digit > 9) break;
    count += digit * unit;
  }
  const std::size_t letters = text.size() - digits;
  if (digits == 0 || letters > most_letters || (digits > 1 && text[letters] == '0')) return not_counted;
  return Counted{letters | first_bytes(text.substr(0, letters)) << 8, count};
}

TextNumbers::Key TextNumbers::key_of(std::string_view text) {
  const std::size_t size = text.size();
  if (size > short_bytes) return {std::hash<std::string_view>()(text), 0xff00'0000u};  // no short text has that length
  Key key{first_bytes(text), static_cast<std::uint32_t>(size) << 24};
  for (std::size_t i = 8; i < size; ++i) key.high |= static_cast<std::uint32_t>(byte(text, i) << 8 * (i - 8));
  return key;
}

std::uint32_t TextNumbers::number_of(std::string_view text) { return number_of(counted_text(text), text); }

std::uint32_t TextNumbers::number_of_other(Counted counted, std::string_view text) {
  if (!counted) return number_in_table(text);
  if (last_family_ == nullptr || last_family_->prefix != counted.prefix) {
    last_family_ = family_of(counted.prefix);
    if (last_family_ == nullptr) return number_in_table(text);
  }
  Family& family = *last_family_;
  if (const std::uint32_t next = family.next_number(counted.count); next != 0) return next - 1;
  // An array that would be mostly empty is not made.
  if (counted.count / 4 > names_.size() + 256) {
    family.some_in_table = true;
    return number_in_table(text);
  }
  while (family.numbers.size() <= counted.count) family.numbers.push_back(0);
  std::uint32_t& next = family.numbers[counted.count];
  if (family.some_in_table) next = slots_[place_in_table(key_of(text), text)].next_number;
  if (next == 0) {
    names_.push_back({static_cast<std::uint32_t>(&family - families_.data()), counted.count});
    next = static_cast<std::uint32_t>(names_.size());
  }
  return next - 1;
}

TextNumbers::Family* TextNumbers::family_of(std::uint64_t prefix) {
  for (Family& family : families_)
    if (family.prefix == prefix) return &family;
  if (families_.size() == most_families) return nullptr;
  families_.reserve(most_families);  // they are pointed to
  return &families_.emplace_back(Family{prefix, {}});
}

std::size_t TextNumbers::place_in_table(const Key& key, std::string_view text) const {
  std::size_t i = slot_of(key);
  for (;; i = (i + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[i];
    if (slot.next_number == 0) return i;
    if (slot.key() == key && (text.size() <= short_bytes || table_text(names_[slot.next_number - 1].count) == text))
      return i;
  }
}

std::uint32_t TextNumbers::number_in_table(std::string_view text) {
  const Key key = key_of(text);
  const std::size_t place = place_in_table(key, text);
  if (slots_[place].next_number != 0) return slots_[place].next_number - 1;
  const auto number = static_cast<std::uint32_t>(names_.size());
  names_.push_back({no_family, static_cast<std::uint32_t>(begins_.size())});
  begins_.push_back(texts_.size());
  texts_ += text;
  slots_[place] = {key.low, key.high, number + 1};
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

std::string TextNumbers::text(std::uint32_t number) const {
  const Name& name = names_[number];
  if (name.family == no_family) return std::string(table_text(name.count));
  const std::uint64_t prefix = families_[name.family].prefix;
  std::string text;
  for (std::uint64_t i = 0; i < (prefix & 0xff); ++i) text += static_cast<char>(prefix >> 8 * (i + 1) & 0xff);
  return text + std::to_string(name.count);
}

}  // namespace tenter::analysis
