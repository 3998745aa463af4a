// The worked example in docs/trace-format.md is compared with what it claims to be, so that the page cannot go stale.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "read/recording.h"
#include "support/steps.h"
#include "support/trace_builder.h"

namespace tenter::analysis {
namespace {

// The bytes of the page's ```hex block: pairs of hex digits, in groups; two spaces begin a comment.
std::vector<std::byte> bytes_on_page(const std::string& path) {
  std::ifstream page(path);
  std::vector<std::byte> bytes;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("```")) {
      inside = line == "```hex";
      continue;
    }
    if (!inside) continue;
    std::istringstream groups(line.substr(0, line.find("  ")));
    for (std::string group; groups >> group;) {
      for (std::size_t i = 0; i + 1 < group.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoul(group.substr(i, 2), nullptr, 16)));
      }
    }
  }
  return bytes;
}

std::string hex_of(const std::vector<std::byte>& bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    static constexpr char digits[] = "0123456789abcdef";
    text += digits[std::to_integer<unsigned>(bytes[i]) >> 4];
    text += digits[std::to_integer<unsigned>(bytes[i]) & 15];
    if (i % 8 == 7) text += i % 16 == 15 ? '\n' : ' ';
  }
  return text;
}

TEST(FormatPage, ShowsTheBytesOfItsExample) {
  TraceBuilder::Options options;
  options.words_per_chunk = 64;
  TraceBuilder trace(options);
  trace.main()
      .enter(0x401100)
      .at(0x401234)
      .lock(0x5000)
      .at(0x401240)
      .write(0x6000)
      .at(0x401250)
      .unlock(0x5000)
      .leave()
      .end();
  const std::vector<std::byte> on_page = bytes_on_page(std::string(TENTER_DOCS) + "/trace-format.md");
  EXPECT_EQ(hex_of(on_page), hex_of(trace.bytes()));

  const auto recording = open_recording_bytes("page.tent", on_page);
  ASSERT_TRUE(recording) << recording.error().sentence;
  EXPECT_TRUE((*recording)->info().complete);
  EXPECT_EQ(replay(**recording).steps.size(), 5u);
}

}  // namespace
}  // namespace tenter::analysis
