#include "lint/command.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include "lint/emit.h"

namespace tenter::lint {

std::vector<std::string> command_for_checks(std::vector<std::string> command, llvm::StringRef prefix) {
  std::erase_if(command, [](llvm::StringRef word) { return word.starts_with("--tenter-"); });
  std::vector<std::string> ours = {std::string("-D") + linting_macro + "=1"};
  llvm::SmallString<256> list(prefix), installed(prefix);
  llvm::sys::path::append(list, "share", "tenterhook", "include-dirs");
  llvm::sys::path::append(installed, "include");
  if (const auto text = llvm::MemoryBuffer::getFile(list)) {
    llvm::SmallVector<llvm::StringRef> dirs;
    (*text)->getBuffer().split(dirs, '\n', -1, false);
    for (const llvm::StringRef dir : dirs) ours.push_back(("-isystem" + dir).str());
  } else if (llvm::sys::fs::exists(installed.str() + "/tenter/tenter.h")) {
    ours.push_back(("-isystem" + installed).str());
  }
  command.insert(command.begin() + (command.empty() ? 0 : 1), ours.begin(), ours.end());
  return command;
}

std::string prefix_above(int steps) {
  llvm::SmallString<256> prefix(llvm::sys::fs::getMainExecutable(nullptr, nullptr));
  for (; steps > 0; --steps) llvm::sys::path::remove_filename(prefix);
  return std::string(prefix);
}

}  // namespace tenter::lint
