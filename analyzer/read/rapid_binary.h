// RAPID's binary traces: what its text holds, in eight bytes an event. All numbers are big-endian.
//
//   threads:16 locks:32 variables:32 events:64, then for every event a word
//   0:1 | place:15 | object:34 | op:4 | thread:10       op: acq rel r w fork join begin end req branch
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "read/byte_source.h"
#include "read/recording.h"

namespace tenter::analysis {

struct RapidBinary {
  static constexpr std::uint64_t header_bytes = 18;
  static constexpr std::uint64_t max_threads = 1 << 10, max_objects = std::uint64_t{1} << 34, max_places = 1 << 15;
  static constexpr std::array<const char*, 10> ops = {"acq",  "rel",   "r",   "w",   "fork",
                                                      "join", "begin", "end", "req", "branch"};
};

// Whether a file of this size that starts so can be such a trace; there is no magic number.
bool begins_like_rapid_binary(std::span<const std::byte> start, std::uint64_t size);

// The same as of the text with the names T0, L0, V0 and so on (std_text.h).
Result<std::unique_ptr<Recording>> read_rapid_binary(const std::string& path, const ByteSource& source);

}  // namespace tenter::analysis
