#include "lint/suppression.h"

#include <string>

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/GlobPattern.h>

namespace tenter::lint {
namespace {

bool names(llvm::StringRef list, llvm::StringRef id) {
  llvm::SmallVector<llvm::StringRef> words;
  list.split(words, ',');
  for (const llvm::StringRef word : words) {
    llvm::Expected<llvm::GlobPattern> pattern = llvm::GlobPattern::create(word.trim());
    if (!pattern) {
      llvm::consumeError(pattern.takeError());
      continue;
    }
    if (pattern->match(id) || pattern->match(("tenter-" + id).str())) return true;
  }
  return false;
}

// Where the line holds the word, by itself, for this check.
std::optional<std::size_t> said(llvm::StringRef line, llvm::StringRef word, llvm::StringRef id) {
  for (std::size_t at = line.find(word); at != llvm::StringRef::npos; at = line.find(word, at + 1)) {
    llvm::StringRef rest = line.substr(at + word.size());
    if (rest.consume_front("(")) {
      if (names(rest.split(')').first, id)) return at;
    } else if (rest.empty() || (!llvm::isAlnum(rest.front()) && rest.front() != '_')) {
      return at;
    }
  }
  return std::nullopt;
}

std::optional<unsigned> suppressed_from(llvm::StringRef text, std::size_t line_start, llvm::StringRef id) {
  if (!text.contains("NOLINT")) return std::nullopt;
  const auto in_file = [&, start = text.data()](llvm::StringRef line, std::size_t at) {
    return static_cast<unsigned>(line.data() - start) + static_cast<unsigned>(at);
  };
  const llvm::StringRef line = text.substr(line_start).split('\n').first;
  if (const auto at = said(line, "NOLINT", id)) return in_file(line, *at);
  const llvm::StringRef before = text.take_front(line_start).rtrim('\n');
  // rtrim() may take several empty lines; only the line right above counts.
  if (line_start - before.size() == 1) {
    const std::size_t start = before.rfind('\n');
    const llvm::StringRef above = start == llvm::StringRef::npos ? before : before.substr(start + 1);
    if (const auto at = said(above, "NOLINTNEXTLINE", id)) return in_file(above, *at);
  }
  std::optional<unsigned> between;
  llvm::StringRef rest = text.take_front(line_start);
  while (!rest.empty()) {
    const auto [one, others] = rest.split('\n');
    if (const auto at = said(one, "NOLINTBEGIN", id)) between = in_file(one, *at);
    else if (said(one, "NOLINTEND", id)) between.reset();
    rest = others;
  }
  return between;
}

}  // namespace

std::optional<unsigned> suppressed_at(const clang::SourceManager& sources, clang::SourceLocation where,
                                      llvm::StringRef id) {
  const auto [file, offset] = sources.getDecomposedLoc(where);
  bool invalid = false;
  const llvm::StringRef text = sources.getBufferData(file, &invalid);
  if (invalid) return std::nullopt;
  return suppressed_from(text, offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1, id);
}

std::optional<unsigned> suppressed_at(llvm::StringRef text, unsigned line_number, llvm::StringRef id) {
  std::size_t line_start = 0;
  for (unsigned line = 1; line < line_number; ++line) {
    line_start = text.find('\n', line_start);
    if (line_start++ == llvm::StringRef::npos) return std::nullopt;
  }
  return suppressed_from(text, line_start, id);
}

}  // namespace tenter::lint
