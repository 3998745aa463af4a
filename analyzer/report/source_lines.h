// SourceLines reads single lines of source for excerpts, and only from files below the roots it was given: a
// recording may name any file, and a report must not show /etc/shadow.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tenter::analysis {

class SourceLines {
 public:
  // Roots that do not exist are left out. Symbolic links in a file's path are followed before it is compared.
  explicit SourceLines(const std::vector<std::string>& roots);

  // The line (from 1 on) without its newline, at most 200 bytes; nothing where it cannot be read.
  std::optional<std::string> line(const std::string& file, std::uint32_t number);

 private:
  std::vector<std::string> roots_;                         // absolute, without links
  std::map<std::string, std::vector<std::string>> files_;  // empty: not readable
};

// Where a program's sources are now: replaces the prefix FROM of paths by TO. The first that fits wins.
struct SourceRoot {
  std::string from, to;
};
std::string moved_path(const std::string& file, const std::vector<SourceRoot>& roots);

}  // namespace tenter::analysis
