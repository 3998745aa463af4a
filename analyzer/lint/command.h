// A compiler's command line, as clang has to read it for the checks: without what only our wrapper understands, with the
// macro that gives the library's declarations their annotations, and with the library's headers, which the wrapper knows
// without being told.
#pragma once
#include <string>
#include <vector>

#include <llvm/ADT/StringRef.h>

namespace tenter::lint {

// `prefix` is the folder that holds bin/ and lib/tenterhook/. The first word of `command` is the compiler, or there is none.
std::vector<std::string> command_for_checks(std::vector<std::string> command, llvm::StringRef prefix);

// Where this program is installed, or was built: the folder so many steps above its file.
std::string prefix_above(int steps);

}  // namespace tenter::lint
