// CommandLine says what a compiler command is about to do, without running the compiler: does it compile, does it
// link, and into what. It knows the options of clang and gcc that take a separate argument, so that `-o main.cc.o` is
// never taken for a source file.
//
//   CommandLine c = read_command_line({"-std=c++20", "@objects.rsp", "-o", "app", "-ltenter"});
//   c.links;          // true
//   c.wants_library;  // true
//
// Response files (@FILE) are opened and read for this purpose alone; the compiler gets them as they are.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tenter::wrapper {

using Arguments = std::vector<std::string>;

struct CommandLine {
  bool compiles = false;                // at least one input goes through the compiler (or its preprocessor)
  bool links = false;                   // the linker makes an executable or a shared object
  bool fully_static = false;            // -static or -static-pie
  bool wants_library = false;           // -ltenter
  bool wants_atomic = false;            // -latomic
  bool wants_openmp = false;            // -fopenmp or -lgomp
  bool lacks_defaults = false;          // -nostdlib, -nodefaultlibs, -nolibc or -nostartfiles
  bool sanitizer_traps = false;         // -fsanitize-trap..., which needs no run-time library
  std::vector<std::string> sanitizers;  // what -fsanitize= and -fno-sanitize= leave standing
};

CommandLine read_command_line(const Arguments& arguments);

// The words of a response file's text, quoted as GNU tools quote them: ', " and backslash.
Arguments split_response_text(std::string_view text);

}  // namespace tenter::wrapper
