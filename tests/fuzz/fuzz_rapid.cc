// Any bytes that begin as RAPID's binary traces do: the reader must end, within bounds, without harm.
#include <cstddef>
#include <cstdint>

#include "go_through.h"
#include "input_bytes.h"
#include "read/rapid_binary.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  std::vector<std::byte> bytes = input_bytes(data, size);
  if (!begins_like_rapid_binary(bytes, size)) return 0;
  const auto source = open_memory(std::move(bytes));
  const auto recording = read_rapid_binary("fuzz.rapid", *source);
  if (recording) go_through(**recording);
  return 0;
}
