// tenter-c++ and tenter-cc: the compiler, with instrumentation added. They say nothing of their own while all is
// well, and end as the compiler ends, because they become it.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "wrapper/plan.h"

#ifdef TENTER_WRAPPER_FOR_C
#define TENTER_WRAPPER_NAME "tenter-cc"
#define TENTER_WRAPPER_VARIABLE "TENTER_CC"
#define TENTER_WRAPPER_DEFAULT "clang-19"
#else
#define TENTER_WRAPPER_NAME "tenter-c++"
#define TENTER_WRAPPER_VARIABLE "TENTER_CXX"
#define TENTER_WRAPPER_DEFAULT "clang++-19"
#endif

namespace {

using namespace tenter::wrapper;
namespace fs = std::filesystem;

constexpr int wrong_usage = 2, unusable = 3, internal_error = 5;

[[noreturn]] void stop(int status, const std::string& sentence) {
  std::fprintf(stderr, TENTER_WRAPPER_NAME ": %s\n", sentence.c_str());
  std::exit(status);
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != 0 ? value : nullptr;
}

// The file that execvp would run; empty if there is none.
fs::path find_program(const std::string& name) {
  std::error_code ignored;
  if (name.find('/') != name.npos) return fs::canonical(name, ignored);
  const char* path = environment("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  for (;;) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    const fs::path candidate = fs::path(colon == 0 ? "." : rest.substr(0, colon)) / name;
    if (access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate, ignored))
      return fs::canonical(candidate, ignored);
    if (colon == rest.size()) return {};
    rest.remove_prefix(colon + 1);
  }
}

Mode parse_mode(std::string_view text, const char* where) {
  if (const auto mode = mode_named(text)) return *mode;
  stop(wrong_usage, std::string(where) + " is \"" + std::string(text) + "\"; the modes are record, tsan and off.");
}

bool parse_pass(std::string_view text, const char* where) {
  if (text != "on" && text != "off") {
    stop(wrong_usage, std::string(where) + " is \"" + std::string(text) + "\"; it can be on and off.");
  }
  return text == "on";
}

}  // namespace

int main(int argc, char** argv) {
  Request request;
  if (const char* mode = environment("TENTER_MODE")) request.mode = parse_mode(mode, "TENTER_MODE");
  bool pass = true;
  if (const char* wanted = environment("TENTER_PASS")) pass = parse_pass(wanted, "TENTER_PASS");
  constexpr std::string_view mode_option = "--tenter-mode=", pass_option = "--tenter-pass=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with(mode_option)) {
      request.mode = parse_mode(argument.substr(mode_option.size()), "--tenter-mode");
    } else if (argument.starts_with(pass_option)) {
      pass = parse_pass(argument.substr(pass_option.size()), "--tenter-pass");
    } else if (argument == "--tenter-lint") {
      request.lint = true;
    } else if (argument.starts_with("--tenter-")) {
      stop(wrong_usage,
           std::string(argument) +
               " is not known; there are --tenter-mode=record|tsan|off, --tenter-pass=on|off and --tenter-lint.");
    } else {
      request.arguments.emplace_back(argument);
    }
  }

  const char* chosen = environment(TENTER_WRAPPER_VARIABLE);
  request.compiler = split_response_text(chosen != nullptr ? chosen : TENTER_WRAPPER_DEFAULT);
  if (request.compiler.empty()) request.compiler = {TENTER_WRAPPER_DEFAULT};
  const std::string& compiler = request.compiler.back();

  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) stop(internal_error, "/proc/self/exe cannot be read (" + error.message() + "); is /proc mounted?");
  const fs::path program = find_program(compiler);
  if (program.empty()) {
    const std::string package = package_of(fs::path(compiler).filename().string());
    stop(unusable, compiler + " was not found; " +
                       (package.empty() ? "" : "install it with `apt-get install " + package + "`, or ") +
                       "name another compiler in " TENTER_WRAPPER_VARIABLE ".");
  }
  if (program.parent_path() == self.parent_path() && program.filename().string().starts_with("tenter-c"))
    stop(wrong_usage, TENTER_WRAPPER_VARIABLE " names this wrapper itself; it must name the compiler beneath.");

  // `c++` and the like are links to the real name on Debian; a name that tells nothing is taken for clang.
  const auto by_name = family_named(fs::path(compiler).filename().string());
  const auto by_target = family_named(program.filename().string());
  request.family = by_name.value_or(by_target.value_or(Family::clang));

  request.pass = pass && loads_pass(program);
  if (request.lint && !loads_pass(program))
    stop(wrong_usage, "--tenter-lint needs Debian's clang-" TENTER_PASS_LLVM_MAJOR ", and " + compiler +
                          " is another compiler; choose that one in " TENTER_WRAPPER_VARIABLE
                          ", or leave the option out.");

  const Plan plan = make_plan(request, installation_at(self.parent_path().parent_path()));
  if (!plan.refusal.empty()) stop(plan.refusal_status, plan.refusal);

  std::vector<char*> command;
  for (const std::string& word : plan.command) command.push_back(const_cast<char*>(word.c_str()));
  command.push_back(nullptr);
  execvp(command.front(), command.data());
  stop(unusable, plan.command.front() + " could not be started (" + std::strerror(errno) + ").");
}
