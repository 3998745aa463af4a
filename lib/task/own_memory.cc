// The library's own memcpy and the like. libc's are interposed by recorders, which take a call from this library, linked
// into the program as it is, for the program's: what the library copies under locks that no recorder sees would be
// reported as races. cmake/own_functions.cmake turns the calls in the archive to these.
//
// They copy word by word and stay simple: the library moves pointers and small values. CMakeLists.txt says with which
// options the compiler does not make calls of libc's functions out of their loops.
#include <cstddef>
#include <cstdint>

#define TENTER_OWN extern "C" __attribute__((visibility("hidden")))

namespace {

using Word = std::uint64_t __attribute__((aligned(1), may_alias));
constexpr std::size_t word = sizeof(Word);

}  // namespace

TENTER_OWN void* tenter_own_memmove(void* to, const void* from, std::size_t size);
TENTER_OWN void* tenter_own_memcpy(void* to, const void* from, std::size_t size);
TENTER_OWN void* tenter_own_memset(void* to, int value, std::size_t size);
TENTER_OWN int tenter_own_memcmp(const void* left, const void* right, std::size_t size);
TENTER_OWN int tenter_own_bcmp(const void* left, const void* right, std::size_t size);
TENTER_OWN std::size_t tenter_own_strlen(const char* text);

void* tenter_own_memcpy(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  const auto* in = static_cast<const unsigned char*>(from);
  for (; size >= word; size -= word, out += word, in += word) {
    *reinterpret_cast<Word*>(out) = *reinterpret_cast<const Word*>(in);
  }
  for (; size > 0; --size) { *out++ = *in++; }
  return to;
}

void* tenter_own_memmove(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  const auto* in = static_cast<const unsigned char*>(from);
  // Forwards is right wherever the target does not begin inside of the source.
  if (reinterpret_cast<std::uintptr_t>(out) - reinterpret_cast<std::uintptr_t>(in) >= size) {
    return tenter_own_memcpy(to, from, size);
  }
  for (; size >= word; size -= word) {
    *reinterpret_cast<Word*>(out + size - word) = *reinterpret_cast<const Word*>(in + size - word);
  }
  for (; size > 0; --size) { out[size - 1] = in[size - 1]; }
  return to;
}

void* tenter_own_memset(void* to, int value, std::size_t size) {
  auto* out = static_cast<unsigned char*>(to);
  const auto byte = static_cast<unsigned char>(value);
  const Word pattern = 0x0101010101010101u * byte;
  for (; size >= word; size -= word, out += word) { *reinterpret_cast<Word*>(out) = pattern; }
  for (; size > 0; --size) { *out++ = byte; }
  return to;
}

int tenter_own_memcmp(const void* left, const void* right, std::size_t size) {
  const auto* one = static_cast<const unsigned char*>(left);
  const auto* other = static_cast<const unsigned char*>(right);
  for (std::size_t i = 0; i < size; ++i) {
    if (one[i] != other[i]) { return one[i] < other[i] ? -1 : 1; }
  }
  return 0;
}

int tenter_own_bcmp(const void* left, const void* right, std::size_t size) {
  return tenter_own_memcmp(left, right, size);
}

std::size_t tenter_own_strlen(const char* text) {
  std::size_t length = 0;
  while (text[length] != 0) { ++length; }
  return length;
}
