// Short texts as one number each, and decimal digits eight at a time: what is done several times for each line of a trace.
//
//   const std::uint64_t values = (first_eight("37|T1|r(") ^ eight_zeros) << 8 * (8 - 2);
//   no_digits(values) == 0;   // "37" are digits,
//   value_of_digits(values);  // and this is 37
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tenter::analysis {

static_assert(std::endian::native == std::endian::little, "a text's first byte is the lowest of a number");

// Of a text that has them readable where it begins, whatever its size.
inline std::uint64_t first_eight(std::string_view text) {
  std::uint64_t bytes;
  std::memcpy(&bytes, text.data(), sizeof bytes);
  return bytes;
}

// Of fewer than eight.
constexpr std::uint64_t low_bytes(std::uint64_t bytes, std::size_t count) {
  return bytes & ((std::uint64_t{1} << 8 * count) - 1);
}

constexpr std::uint64_t eight_zeros = 0x3030'3030'3030'3030;  // "00000000"

// Of bytes that were digits before eight_zeros was taken from them by ^: the highest bit of each that was none.
constexpr std::uint64_t no_digits(std::uint64_t values) {
  return (((values & 0x7f7f'7f7f'7f7f'7f7f) + 0x7676'7676'7676'7676) | values) & 0x8080'8080'8080'8080;
}

// Of eight digits as no_digits() looks at them.
constexpr std::uint32_t value_of_digits(std::uint64_t values) {
  values = (values * 10 + (values >> 8)) & 0x00ff'00ff'00ff'00ff;
  values = (values * 100 + (values >> 16)) & 0x0000'ffff'0000'ffff;
  return static_cast<std::uint32_t>(values * 10'000 + (values >> 32));
}

}  // namespace tenter::analysis
