// Any bytes: the reader, the sequencer and the world must end, within bounds, without harm.
#include <cstddef>
#include <cstdint>

#include "go_through.h"
#include "input_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto recording = tenter::analysis::open_recording_bytes("fuzz.tent", input_bytes(data, size));
  if (recording) go_through(**recording);
  return 0;
}
