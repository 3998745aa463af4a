#include "cli/detector_mode.h"

#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <optional>

namespace tenter::analysis {
namespace {

std::optional<long> kernel_setting(const char* path) {
  std::ifstream file(path);
  long value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

// What ThreadSanitizer needs of the machine and does not find here; empty: nothing that is known.
std::string obstacle() {
  constexpr long randomness_that_all_bear = 28;  // gcc 12 and clang before 18; later ones 30
  if (const auto bits = kernel_setting("/proc/sys/vm/mmap_rnd_bits"); bits && *bits > randomness_that_all_bear)
    return "vm.mmap_rnd_bits is " + std::to_string(*bits) + ", and many versions of it bear no more than 28 (" +
           "`sysctl vm.mmap_rnd_bits=28`, or `setarch -R` before the program)";
  if (kernel_setting("/proc/sys/vm/overcommit_memory") == 2)
    return "vm.overcommit_memory is 2, and it reserves terabytes of addresses";
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    return "the address space is limited (`ulimit -v`), and it reserves terabytes of addresses";
  return {};
}

}  // namespace

Result<RunMode> run_mode_named(const std::string& name) {
  if (name == "record") return RunMode::record;
  if (name == "tsan") return RunMode::tsan;
  return Error{"--mode " + name + " is unknown; there are record and tsan", ExitCode::usage};
}

void prepare_environment_for_detector() {
  const char* own = std::getenv("TSAN_OPTIONS");
  std::string options = "exitcode=0";  // of two the later one counts
  if (own != nullptr && *own != '\0') (options += ':') += own;
  ::setenv("TSAN_OPTIONS", options.c_str(), 1);
}

std::string why_no_detector_ran() {
  std::string why =
      "no recording was made: unless it was said why, the program was not built with "
      "`tenter-c++ --tenter-mode=tsan`, or ThreadSanitizer's runtime could not start";
  if (const std::string known = obstacle(); !known.empty()) why += ": " + known;
  return why + "; --tenter-mode=record needs nothing of the machine";
}

Result<bool> built_for_detector(const RecordingInfo& info) {
  if (info.detector == "tsan") return true;
  return Error{info.program + " was built to be recorded; build it with --tenter-mode=tsan, or leave out --mode tsan",
               ExitCode::usage};
}

}  // namespace tenter::analysis
