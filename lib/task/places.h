// Where in the program somebody waits, or a task was made: the line of the program's own code, past the headers of this
// library and of the standard library that it went through.
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace tenter::detail {

// A call in the program.
struct Place {
  std::string module;        // the file that holds the code, without folders; empty: nothing is known
  std::uint64_t offset = 0;  // of the call in it, as addr2line counts
  std::string function;      // without its arguments; empty: not known
  std::string file;          // the source file, as the compiler was told; empty: not known
  unsigned line = 0;

  // "src/fetch.cc:14 (fetch)" where the line is known, else "app+0x1234 (fetch)", and addr2line -e app 0x1234 may know it.
  // Empty: nothing is known.
  std::string text() const;
};

// A call of the library's, as far as it is known.
struct CallOfOurs {
  const void* called_from = nullptr;    // the return address of the outermost function of the library's
  std::vector<const void*> calls = {};  // on the stack, outwards; perhaps none
  const void* begins_in = nullptr;      // of a task: what is left of the program's own where all else was tail calls
  auto operator<=>(const CallOfOurs&) const = default;
};
constexpr std::size_t most_calls = 32;  // that are worth while

// One place for each: the innermost call on the stack that is the program's own. If there is none, where the library was called
// from. All at once, because lines cost a child process (see task/lines.h), of at most 60 s; what was found out is kept. Any
// thread; slow.
std::vector<Place> places_of(const std::vector<CallOfOurs>& calls);

}  // namespace tenter::detail
