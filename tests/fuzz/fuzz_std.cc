// Any bytes as the text of RAPID's traces, whatever they begin with: the reader must end, within bounds, without harm.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "go_through.h"
#include "read/std_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  const auto source = open_memory(std::move(bytes));
  const auto recording = read_std_text("fuzz.std", *source);
  if (recording) go_through(**recording);
  return 0;
}
