// Any bytes: the reader, the sequencer and the world must end, within bounds, without harm.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/text.h"
#include "order/sequencer.h"
#include "order/world.h"
#include "read/recording.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  const auto recording = open_recording_bytes("fuzz.tent", std::move(bytes));
  if (!recording) return 0;
  StackTable stacks;
  World world;
  Sequencer sequencer(**recording, stacks);
  while (Step* step = sequencer.next()) {
    world.observe(*step);
    if (step->event.op == tenter::trace::Op::access_range) static_cast<void>(world.block_at(step->event.object));
  }
  for (const std::string& sentence : (*recording)->info().damage) static_cast<void>(escape_for_terminal(sentence));
  return 0;
}
