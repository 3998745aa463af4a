// Builds text in memory that somebody else owns: no allocation, no locale. What does not fit is left out and noted.
// Not thread-safe.
//
//   char memory[256];
//   TextBuffer text(memory, sizeof memory);
//   text.add("pid=").add_decimal(pid).add("\n");
#pragma once
#include <cstddef>
#include <cstdint>

namespace tenter::record {

class TextBuffer {
 public:
  TextBuffer(char* memory, std::size_t size) : memory_(memory), capacity_(size) {}  // size > 0

  TextBuffer& add(const char* text);
  TextBuffer& add(const char* text, std::size_t length);
  TextBuffer& add_escaped(const char* text, std::size_t length);  // backslash as \\, line feed as \n
  TextBuffer& add_decimal(std::uint64_t value);
  TextBuffer& add_hex(std::uint64_t value);  // lower case, no 0x
  TextBuffer& add_hex_bytes(const unsigned char* bytes, std::size_t count);

  const char* data() const { return memory_; }
  std::size_t size() const { return size_; }
  bool overflowed() const { return overflowed_; }
  const char* c_str();  // with a final zero, for which one byte is given up if need be

 private:
  void put(char character) {
    if (size_ < capacity_) {
      memory_[size_++] = character;
    } else {
      overflowed_ = true;
    }
  }

  char* memory_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

inline std::size_t length_of(const char* text) {
  std::size_t length = 0;
  while (text[length] != '\0') { ++length; }
  return length;
}

}  // namespace tenter::record
