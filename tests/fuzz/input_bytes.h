// What a fuzzer was given, as the readers take it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

inline std::vector<std::byte> input_bytes(const std::uint8_t* data, std::size_t size) {
  const auto* first = reinterpret_cast<const std::byte*>(data);
  return {first, first + size};
}
