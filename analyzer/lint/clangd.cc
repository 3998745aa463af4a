// tenter-clangd: clangd, from the archives that Debian ships, with our checks among those of clang-tidy that it runs. It is
// used where clangd is, takes the same options, and needs no settings of its own.
//
// Clangd loads no modules, and offers no hooks; linking it anew is the only way in. Its headers are not shipped either, so what is
// used of it is declared here. Where it has to act otherwise than it would, the linker puts a function of ours before its own
// (--wrap): a name that some other clangd spells differently then fails to link.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <clang-tidy/ClangTidyOptions.h>
#include <clang/Driver/Types.h>
#include <clang/Tooling/CompilationDatabase.h>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Path.h>

#include "lint/command.h"
#include "lint/finding.h"

// The names are given by clangd.cmake, to the linker also.
#define TENTER_REAL(symbol) asm("__real_" symbol)
#define TENTER_WRAP(symbol) asm("__wrap_" symbol)

namespace clang::clangd {

int clangdMain(int argc, char* argv[]);

namespace remote {
// An index on another machine, which would take a gRPC to link. The type of the result is no part of a function's name;
// the true one is a pointer to what is not declared anywhere that we could include.
std::unique_ptr<int> getClient(llvm::StringRef, llvm::StringRef) { return nullptr; }
}  // namespace remote

}  // namespace clang::clangd

namespace tenter::lint {

using clang::tidy::ClangTidyOptions;
using clang::tooling::CompileCommand;
using Provider = llvm::function_ref<void(ClangTidyOptions&, llvm::StringRef)>;

// What clangd runs while somebody types has been measured by its authors, and is silent about all that it does not know. Ours
// are one simulation, however many of them are on.
std::optional<bool> is_fast(llvm::StringRef check) TENTER_REAL(TENTER_IS_FAST);
std::optional<bool> is_fast_or_ours(llvm::StringRef check) TENTER_WRAP(TENTER_IS_FAST);
std::optional<bool> is_fast_or_ours(llvm::StringRef check) {
  return check.starts_with("tenter-") ? true : is_fast(check);
}

// Which of our checks are on. Lists of checks usually begin with `-*`, and mean those of clang-tidy. So who names some of ours
// has chosen; otherwise the usual ones are on, but for those that are named with a minus.
void add_ours(ClangTidyOptions& options) {
  std::vector<llvm::StringRef> removed;
  llvm::SmallVector<llvm::StringRef> words;
  const std::string before = options.Checks.value_or("");
  llvm::StringRef(before).split(words, ',', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef word : words) {
    word = word.trim();
    if (word.starts_with("tenter-")) return;
    if (word.starts_with("-tenter-")) removed.push_back(word);
  }
  std::string checks = before + (before.empty() ? "" : ",") + "tenter-*";
  for (const CheckInfo& each : all_checks())
    if (!each.by_default) checks += std::string(",-tenter-") + each.id;
  for (const llvm::StringRef word : removed) checks += ("," + word).str();
  options.Checks = checks;
}

Provider default_checks() TENTER_REAL(TENTER_DEFAULT_CHECKS);
Provider default_checks_and_ours() TENTER_WRAP(TENTER_DEFAULT_CHECKS);
Provider default_checks_and_ours() {
  static const auto both = [clangds = default_checks()](ClangTidyOptions& options, llvm::StringRef file) {
    clangds(options, file);
    add_ours(options);
  };
  return both;
}

// Of a file that no compile_commands.json knows, nobody has said which C++ it is. Clang's own choice is older than our library.
void choose_standard(CompileCommand& command, llvm::StringRef file) {
  if (command.Heuristic != "clangd fallback") return;
  const llvm::StringRef extension = llvm::sys::path::extension(file).drop_front(1);
  const bool may_be_cpp =
      extension == "h" || clang::driver::types::isCXX(clang::driver::types::lookupTypeForExtension(extension));
  const auto chosen = [](llvm::StringRef word) { return word.starts_with("-std=") || word.starts_with("--std="); };
  if (may_be_cpp && std::none_of(command.CommandLine.begin(), command.CommandLine.end(), chosen))
    command.CommandLine.insert(command.CommandLine.begin() + 1, "-std=c++20");
}

// The preamble is read before any check can ask for a macro, so the command line has to define it.
void mangle(const void* mangler, CompileCommand& command, llvm::StringRef file) TENTER_REAL(TENTER_MANGLER);
void adjust_and_mangle(const void* mangler, CompileCommand& command, llvm::StringRef file) TENTER_WRAP(TENTER_MANGLER);
void adjust_and_mangle(const void* mangler, CompileCommand& command, llvm::StringRef file) {
  choose_standard(command, file);
  command.CommandLine =
      command_for_checks(std::move(command.CommandLine), prefix_above(2));  // PREFIX/bin/tenter-clangd
  mangle(mangler, command, file);
}

}  // namespace tenter::lint

int main(int argc, char** argv) {
  std::vector<char*> words(argv, argv + argc);
  // Clangd looks for clang's own headers beside itself, where ours has none.
  std::string resources = "--resource-dir=" TENTER_CLANG_RESOURCE_DIR;
  const auto names_them = [](llvm::StringRef word) { return word.contains("-resource-dir"); };
  const char* more = std::getenv("CLANGD_FLAGS");
  if (std::none_of(words.begin(), words.end(), names_them) && (more == nullptr || !names_them(more)))
    words.insert(words.begin() + 1, resources.data());
  words.push_back(nullptr);
  return clang::clangd::clangdMain(static_cast<int>(words.size()) - 1, words.data());
}
