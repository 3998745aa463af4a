#include "report/source_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <memory>

namespace tenter::analysis {
namespace {

constexpr std::size_t max_file_bytes = std::size_t{8} << 20;
constexpr std::size_t max_line_bytes = 200;
constexpr std::size_t max_files = 1000;

std::string without_links(const std::string& path) {
  if (path.find('\0') != std::string::npos) return {};
  const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(path.c_str(), nullptr), &std::free);
  return resolved ? std::string(resolved.get()) : std::string();
}

bool is_below(const std::string& file, const std::string& root) {
  if (root == "/") return true;
  return file.size() > root.size() && file.starts_with(root) && file[root.size()] == '/';
}

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  // The path has no links now; one that appears in between is refused.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return lines;
  struct stat status{};
  std::string text;
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
      static_cast<std::size_t>(status.st_size) <= max_file_bytes) {
    text.resize(static_cast<std::size_t>(status.st_size));
    std::size_t filled = 0;
    for (ssize_t n; filled < text.size() && (n = ::read(fd, text.data() + filled, text.size() - filled)) > 0;)
      filled += static_cast<std::size_t>(n);
    text.resize(filled);
  }
  ::close(fd);
  for (std::size_t begin = 0; begin < text.size();) {
    const auto newline = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, std::min(newline - begin, max_line_bytes)));
    begin = newline + 1;
  }
  return lines;
}

}  // namespace

SourceLines::SourceLines(const std::vector<std::string>& roots) {
  for (const std::string& root : roots)
    if (std::string path = without_links(root); !path.empty()) roots_.push_back(std::move(path));
}

std::optional<std::string> SourceLines::line(const std::string& file, std::uint32_t number) {
  auto known = files_.find(file);
  if (known == files_.end()) {
    if (files_.size() >= max_files) return std::nullopt;
    std::vector<std::string> lines;
    const std::string path = without_links(file);
    for (const std::string& root : roots_)
      if (!path.empty() && is_below(path, root)) {
        lines = read_lines(path);
        break;
      }
    known = files_.emplace(file, std::move(lines)).first;
  }
  if (number == 0 || number > known->second.size()) return std::nullopt;
  return known->second[number - 1];
}

std::string moved_path(const std::string& file, const std::vector<SourceRoot>& roots) {
  for (const SourceRoot& root : roots) {
    if (!file.starts_with(root.from)) continue;
    std::string rest = file.substr(root.from.size());
    // FROM is a folder: /home/ab must not take /home/abc.
    if (!root.from.ends_with('/') && !rest.empty() && rest.front() != '/') continue;
    while (rest.starts_with('/')) rest.erase(0, 1);
    if (root.to.empty()) return rest;
    return root.to + (root.to.ends_with('/') || rest.empty() ? "" : "/") + rest;
  }
  return file;
}

}  // namespace tenter::analysis
