#include "record/crc32c.h"

#include <cpuid.h>

namespace tenter::record {
namespace {

struct Table {
  std::uint32_t entry[256];
  constexpr Table() : entry{} {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t remainder = byte;
      for (int bit = 0; bit < 8; ++bit) { remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0x82f63b78u : 0u); }
      entry[byte] = remainder;
    }
  }
};
constexpr Table table;

std::uint32_t by_table(std::uint32_t crc, const unsigned char* data, std::size_t size) {
  for (; size != 0; --size, ++data) { crc = table.entry[(crc ^ *data) & 0xff] ^ (crc >> 8); }
  return crc;
}

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, const unsigned char* data,
                                                               std::size_t size) {
  std::uint64_t wide = crc;
  for (; size >= 8; size -= 8, data += 8) {
    std::uint64_t word = 0;
    __builtin_memcpy(&word, data, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  crc = static_cast<std::uint32_t>(wide);
  for (; size != 0; --size, ++data) { crc = __builtin_ia32_crc32qi(crc, *data); }
  return crc;
}

bool has_instruction() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_SSE4_2) != 0;
}

}  // namespace

std::uint32_t crc32c(std::uint32_t so_far, const void* data, std::size_t size) {
  static const bool by_hand = !has_instruction();
  const auto* bytes = static_cast<const unsigned char*>(data);
  return ~(by_hand ? by_table(~so_far, bytes, size) : by_instruction(~so_far, bytes, size));
}

}  // namespace tenter::record
