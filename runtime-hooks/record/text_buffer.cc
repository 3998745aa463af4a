#include "record/text_buffer.h"

namespace tenter::record {

TextBuffer& TextBuffer::add(const char* text, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) { put(text[i]); }
  return *this;
}

TextBuffer& TextBuffer::add(const char* text) { return add(text, length_of(text)); }

TextBuffer& TextBuffer::add_escaped(const char* text, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) {
    if (text[i] == '\\') {
      put('\\');
      put('\\');
    } else if (text[i] == '\n') {
      put('\\');
      put('n');
    } else {
      put(text[i]);
    }
  }
  return *this;
}

TextBuffer& TextBuffer::add_decimal(std::uint64_t value) {
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count != 0) { put(digits[--count]); }
  return *this;
}

TextBuffer& TextBuffer::add_hex(std::uint64_t value) {
  unsigned shift = 60;
  while (shift != 0 && (value >> shift) == 0) { shift -= 4; }
  for (;; shift -= 4) {
    put("0123456789abcdef"[(value >> shift) & 15]);
    if (shift == 0) { return *this; }
  }
}

TextBuffer& TextBuffer::add_hex_bytes(const unsigned char* bytes, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    put("0123456789abcdef"[bytes[i] >> 4]);
    put("0123456789abcdef"[bytes[i] & 15]);
  }
  return *this;
}

const char* TextBuffer::c_str() {
  if (size_ == capacity_) {
    --size_;
    overflowed_ = true;
  }
  memory_[size_] = '\0';
  return memory_;
}

}  // namespace tenter::record
