// Makes the checksums of a mutated recording right again, or fuzzing would never come past the first check.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "support/trace_builder.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  using namespace tenter;
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 16 == 0 || size == 0) return size;   // wrong checksums have their turn as well
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), data, size);
  for (std::size_t i = 0; i + sizeof(trace::ChunkHeader) <= size; i += 8) {
    trace::ChunkHeader header;
    std::memcpy(&header, bytes.data() + i, sizeof header);
    if (header.magic == trace::chunk_magic && header.stored_size <= size - i - sizeof header) analysis::reseal(bytes, i);
  }
  std::memcpy(data, bytes.data(), size);
  return size;
}
