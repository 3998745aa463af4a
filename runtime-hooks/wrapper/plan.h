// Plan turns what the user wrote into the compiler command that is run in its place.
//
//   Plan plan = make_plan({.arguments = {"-O2", "x.cc", "-o", "x"}, .compiler = {"clang++-19"}}, installation);
//   if (plan.refusal.empty()) execvp(plan.command);   // clang++-19 -fsanitize=thread ... -O2 x.cc -o x
//
// The user's own arguments follow ours, in their order and unchanged, so that they have the last word.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "wrapper/command_line.h"

namespace tenter::wrapper {

enum class Mode { record, tsan, off };
enum class Family { clang, gcc };

std::optional<Mode> mode_named(std::string_view name);

// The family of a compiler by its file name, such as "clang++-19" or "x86_64-linux-gnu-g++-12".
std::optional<Family> family_named(std::string_view name);

// The Debian package that holds a compiler of this name; empty where the name gives no hint.
std::string package_of(std::string_view compiler);

// Can this compiler load our plug-ins? It must be a clang of their version that has LLVM as a shared library, which is told
// by how Debian lays it out: .../llvm-19/bin/clang and .../llvm-19/lib/libLLVM.so.19.1. `program`: with links resolved.
bool loads_pass(const std::filesystem::path& program);

// Where the parts lie. The build tree and an installation look alike, except that the headers of a build tree
// stay in the sources: share/tenterhook/include-dirs then names their folders, one a line.
struct Installation {
  std::vector<std::filesystem::path> include_dirs;
  std::filesystem::path library_dir;
  std::filesystem::path gcc_dir;         // an empty libtsan, for gcc, which cannot be told to link none
  std::filesystem::path strings_dir;     // a header that lets std::string be compiled with the program
  std::filesystem::path recorder;        // libtenter_record.so
  std::filesystem::path near_callbacks;  // an object file that goes into each program and library itself
  std::filesystem::path static_dir;      // for static programs: recorder.o and what goes with it; may be missing
  std::filesystem::path end_of_program;  // an object file that ends the program's own code there
  std::filesystem::path static_specs;    // makes gcc's compiler proper insert the calls without its driver knowing
  std::filesystem::path detector;        // libtenter_tsan.so, which stands between the library and ThreadSanitizer
  std::filesystem::path on_report;       // an object file, as near_callbacks
  std::filesystem::path pass;            // the plug-in for clang; missing where it could not be built
  std::filesystem::path lint;            // the same with the static checks
};
Installation installation_at(const std::filesystem::path& prefix);

struct Request {
  Arguments arguments;  // the user's, without --tenter-... options
  Arguments compiler;   // one word, or more: {"ccache", "clang++-19"}
  Family family = Family::clang;
  Mode mode = Mode::record;
  bool cxx = true;    // tenter-c++, which links the C++ library
  bool pass = false;  // load the plug-in, if there is one
  bool lint = false;  // run the static checks beside the compilation; the compiler can load plug-ins
};

struct Plan {
  Arguments command;
  std::string refusal;     // one sentence; empty: go ahead
  int refusal_status = 2;  // the exit status beside it: 2 the request makes no sense, 3 something is missing
};
Plan make_plan(const Request& request, const Installation& installation);

}  // namespace tenter::wrapper
