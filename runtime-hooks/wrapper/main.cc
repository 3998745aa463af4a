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

#include "wrapper/own_options.h"
#include "wrapper/plan.h"

#ifdef TENTER_WRAPPER_FOR_C
#define TENTER_WRAPPER_CXX false
#define TENTER_WRAPPER_NAME "tenter-cc"
#define TENTER_WRAPPER_VARIABLE "TENTER_CC"
#define TENTER_WRAPPER_DEFAULT "clang-19"
#else
#define TENTER_WRAPPER_CXX true
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

[[noreturn]] void print(const std::string& text) {
  const bool good = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!good) stop(internal_error, std::string("standard output cannot be written: ") + std::strerror(errno));
  std::exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  Request request;
  const Asked asked = read_own_options({argv + 1, argv + argc}, environment);
  if (!asked.refusal.empty()) stop(wrong_usage, asked.refusal);
  if (asked.help) print(help_text(TENTER_WRAPPER_NAME, TENTER_WRAPPER_VARIABLE, TENTER_WRAPPER_DEFAULT));
  if (asked.manual) print(manual_page(TENTER_WRAPPER_NAME, TENTER_WRAPPER_VARIABLE, TENTER_WRAPPER_DEFAULT));
  request.arguments = asked.rest;
  request.mode = mode_named(asked.mode).value_or(Mode::record);
  request.cxx = TENTER_WRAPPER_CXX;
  request.lint = asked.lint;

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

  request.pass = asked.pass == "on" && loads_pass(program);
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
