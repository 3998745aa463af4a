// Any bytes: the reader, the sequencer and the world must end, within bounds, without harm.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "go_through.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  const auto recording = tenter::analysis::open_recording_bytes("fuzz.tent", std::move(bytes));
  if (recording) go_through(**recording);
  return 0;
}
