#include <array>
#include <string_view>

#include "base/text.h"
#include "read/byte_source.h"
#include "read/frame.h"
#include "read/recording.h"
#include "read/rapid_binary.h"
#include "read/std_text.h"
#include "read/tent_recording.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t start_bytes = 64 * 1024;

// What people hand us by mistake, and what they meant to do.
std::string not_a_recording(const std::string& name, std::string_view start) {
  if (start.starts_with("\x7f"
                        "ELF")) {
    return name + " is a program, not a recording. `tenter run -- " + name + "` records it and checks the recording.";
  }
  if (start.starts_with('{')) {
    return name + " looks like a report, not a recording. `tenter gate` and `tenter merge` take reports.";
  }
  return name +
         " is not a Tenterhook recording (nor RAPID's STD text or binary). `tenter record -o FILE -- PROGRAM` makes one.";
}

Result<std::unique_ptr<Recording>> open_source(const std::string& path, std::unique_ptr<ByteSource> source) {
  const std::string name = escape_for_terminal(path);
  if (source->size() == 0) {
    return Error{name + ": the file is empty. The program wrote nothing: was it built with tenter-c++?"};
  }
  Window window(*source);
  const std::span<const std::byte> start = window.view(0, start_bytes);
  if (begins_like_recording(start)) return read_tent(path, std::move(source));
  if (begins_like_std_text(start)) return read_std_text(path, *source);
  if (begins_like_rapid_binary(start, source->size())) return read_rapid_binary(path, *source);
  return Error{not_a_recording(name, std::string_view(reinterpret_cast<const char*>(start.data()), start.size()))};
}

}  // namespace

Result<std::unique_ptr<Recording>> open_recording(const std::string& path) {
  Result<std::unique_ptr<ByteSource>> source = open_file(path);
  if (!source) return source.error();
  return open_source(path, std::move(*source));
}

Result<std::unique_ptr<Recording>> open_recording_bytes(const std::string& name, std::vector<std::byte> bytes) {
  return open_source(name, open_memory(std::move(bytes)));
}

}  // namespace tenter::analysis
