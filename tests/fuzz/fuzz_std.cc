// Any bytes as the text of RAPID's traces, whatever they begin with: the reader must end, within bounds, without harm.
#include <cstddef>
#include <cstdint>

#include "go_through.h"
#include "input_bytes.h"
#include "read/std_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  const auto source = open_memory(input_bytes(data, size));
  const auto recording = read_std_text("fuzz.std", *source);
  if (recording) go_through(**recording);
  return 0;
}
