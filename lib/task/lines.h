// Files and lines of code addresses, out of a program's debug information: asked of llvm-symbolizer or addr2line, which
// run as a child process, because whoever reads debug information in a process that is in trouble may well be the next
// trouble.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tenter::detail {

struct Line {
  std::string function;  // as the symbol table spells it; empty: not known
  std::string file;      // as the compiler was told; empty: not known
  unsigned line = 0;     // 0: not known
};

// For each offset in the file: the function there, and outwards those that it was inlined into. Fewer, or none at all, where
// there is no tool, no debug information, or no answer by the deadline (of now_ns()).
//
// The tool is TENTER_SYMBOLIZER if that is set (an absolute path; what is no program, as "none", means that nobody is asked), else
// llvm-symbolizer or addr2line from PATH. No shell, no signal: the child is nobody's that a wait() of the program's
// could find. Any thread.
std::vector<std::vector<Line>> lines_at(const std::string& file, const std::vector<std::uint64_t>& offsets,
                                        std::int64_t deadline_ns);

}  // namespace tenter::detail
