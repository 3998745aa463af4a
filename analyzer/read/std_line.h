// One line of RAPID's STD text: `thread|op(object)|place`.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "trace/event.h"

namespace tenter::analysis {

enum class StdVerb : std::uint8_t { read, write, acquire, release, fork, join, end, nothing };

struct StdLine {
  static constexpr std::size_t max_bytes = 64 * 1024;
  static constexpr std::uint64_t max_place = trace::payload_mask;

  std::string_view thread;
  std::string_view object;  // may be empty where the verb needs none
  std::uint64_t place = 0;
  StdVerb verb{};
};

// Without its line feed. Null where the text is no such event. The views are into `text`.
std::optional<StdLine> parse_std_line(std::string_view text);

// Reads the line at the beginning of `text` if it is one of those that traces are made of: an access or an operation of a lock, in up
// to 63 bytes. Returns its length with its line feed, and 0 where parse_std_line() is to be asked: nothing is said of the line
// then, nor where `text` is shorter than usual_line_reads.
std::size_t read_usual_std_line(std::string_view text, StdLine& line);
constexpr std::size_t usual_line_reads = 64 + 8;

}  // namespace tenter::analysis
