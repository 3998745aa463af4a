#include "cli/lint_tool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace tenter::analysis {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Result<std::string> find_lint_tool() {
  std::error_code unknown;
  const fs::path self = fs::read_symlink("/proc/self/exe", unknown);
  const fs::path tool = self.parent_path().parent_path() / "lib" / "tenterhook" / "tenter-lint";
  if (fs::exists(tool, unknown)) return tool.string();
  return Error{
      tool.string() +
          " is missing, which does the checking; install libclang-19-dev and build again, or install Tenterhook "
          "completely",
      ExitCode::input};
}

Result<LintToolOutput> run_lint_tool(const std::vector<std::string>& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Error{"no pipe: " + std::string(std::strerror(errno)), ExitCode::internal};
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  pid_t child = 0;
  const int failure = ::posix_spawn(&child, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  LintToolOutput output;
  if (failure == 0) {
    std::array<char, 65536> part{};
    for (ssize_t count; (count = ::read(ends[0], part.data(), part.size())) != 0;) {
      if (count > 0) output.text.append(part.data(), static_cast<std::size_t>(count));
      else if (errno != EINTR) break;
    }
    while (::waitpid(child, &output.status, 0) < 0 && errno == EINTR) {}
  }
  ::close(ends[0]);
  if (failure != 0) return Error{command[0] + " could not be started: " + std::strerror(failure), ExitCode::internal};
  return output;
}

Result<Json> lint_tool_answer(const LintToolOutput& output, const std::string& about) {
  Json told = Json::parse(output.text, nullptr, /*allow_exceptions=*/false);
  if (!told.is_object())
    return Error{"tenter-lint said something that is not understood about " + about, ExitCode::internal};
  if (told.contains("problem"))
    return Error{told["problem"].get<std::string>(),
                 WEXITSTATUS(output.status) == 2 ? ExitCode::usage : ExitCode::input};
  return told;
}

}  // namespace tenter::analysis
