#include "read/rapid_binary.h"

#include <string>

#include "read/std_text.h"

namespace tenter::analysis {
namespace {

std::uint64_t big_endian(std::span<const std::byte> bytes) {
  std::uint64_t number = 0;
  for (const std::byte byte : bytes) number = number << 8 | static_cast<std::uint64_t>(byte);
  return number;
}

struct Word {
  std::uint64_t thread, op, object, place;
  explicit Word(std::uint64_t word)
      : thread(word & 0x3ff),
        op(word >> 10 & 0xf),
        object(word >> 14 & (RapidBinary::max_objects - 1)),
        place(word >> 48) {}
};

// One line of RAPID's text.
std::string line_of(const Word& word) {
  const std::string op = RapidBinary::ops[word.op];
  const char* kind = op == "r" || op == "w" ? "V" : op == "fork" || op == "join" ? "T" : "L";
  std::string line = "T" + std::to_string(word.thread) + '|' + op;
  if (op != "begin" && op != "end" && op != "branch")
    line += std::string("(") + kind + std::to_string(word.object) + ')';
  return line + '|' + std::to_string(word.place) + '\n';
}

}  // namespace

bool begins_like_rapid_binary(std::span<const std::byte> start, std::uint64_t size) {
  if (start.size() < RapidBinary::header_bytes + 8) return false;
  const std::uint64_t threads = big_endian(start.first(2)), events = big_endian(start.subspan(10, 8));
  if (threads == 0 || threads > RapidBinary::max_threads) return false;
  const std::uint64_t there = (size - RapidBinary::header_bytes) / 8;
  if (events < there || events >> 40 != 0) return false;
  const std::uint64_t first = big_endian(start.subspan(RapidBinary::header_bytes, 8));
  const Word word(first);
  return first >> 63 == 0 && word.thread < threads && word.op < RapidBinary::ops.size();
}

Result<std::unique_ptr<Recording>> read_rapid_binary(const std::string& path, const ByteSource& source) {
  constexpr std::size_t bytes_at_once = std::size_t{1} << 16;
  Window window(source);
  const std::uint64_t events = big_endian(window.view(0, RapidBinary::header_bytes).subspan(10, 8));
  const std::uint64_t there = (source.size() - RapidBinary::header_bytes) / 8;
  std::string text;
  bool sound = true;
  for (std::uint64_t number = 0; sound && number < there;) {
    const std::span<const std::byte> bytes = window.view(RapidBinary::header_bytes + number * 8, bytes_at_once);
    if (bytes.size() < 8) break;
    for (std::size_t at = 0; sound && at + 8 <= bytes.size() && number < there; at += 8, ++number) {
      const std::uint64_t bits = big_endian(bytes.subspan(at, 8));
      const Word word(bits);
      sound = bits >> 63 == 0 && word.op < RapidBinary::ops.size();
      // What is no event becomes a line that is none, and the reader of lines says so.
      text += sound ? line_of(word) : "event " + std::to_string(number + 1) + " has no known operation\n";
    }
  }
  if (sound && there < events)
    text += "the file ends after " + std::to_string(there) + " of " + std::to_string(events) + " events\n";
  const auto bytes = std::as_bytes(std::span(text));
  return read_std_text(path, *open_memory({bytes.begin(), bytes.end()}));
}

}  // namespace tenter::analysis
