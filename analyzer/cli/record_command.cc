#include "cli/record_command.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/text.h"
#include "cli/composition.h"
#include "cli/detector_mode.h"
#include "cli/files.h"
#include "cli/launch.h"
#include "check/losses.h"
#include "cli/recording_file.h"
#include "cli/say.h"
#include "finding/function_name.h"
#include "read/recording.h"

namespace tenter::analysis {
namespace {

constexpr const char* not_instrumented =
    "no recording was made: unless the recorder said why, the program was not built with tenter-c++ (or a program that "
    "it starts was, and writes elsewhere); build it with CXX=tenter-c++ CC=tenter-cc";

// A folder for recordings that goes away with its owner.
class TemporaryFolder {
 public:
  static Result<std::unique_ptr<TemporaryFolder>> make() {
    const char* base = std::getenv("TMPDIR");
    std::string usual = base != nullptr && *base == '/' ? base : "/tmp";
    // The recorder's options cannot hold such characters in a path.
    if (usual.find_first_of(": \t\n%") != std::string::npos) usual = "/tmp";
    std::string path = usual + "/tenter-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr)
      return Error{path + ": no folder can be made there: " + std::strerror(errno), ExitCode::internal};
    return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(path));
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string absolute(const std::string& path) {
  std::error_code error;
  const std::filesystem::path full = std::filesystem::absolute(path, error);
  return error ? path : full.string();
}

// A path as a value of output=: percent signs doubled. Nothing where the recorder's options cannot hold it.
std::optional<std::string> as_option(const std::string& path) {
  if (path.find_first_of(": \t\n") != std::string::npos) return std::nullopt;
  std::string text;
  for (const char c : path) {
    text += c;
    if (c == '%') text += '%';
  }
  return text;
}

// What the user's own TENTER_OPTIONS say of output=; empty where nothing.
std::string users_output() {
  const char* options = std::getenv("TENTER_OPTIONS");
  std::string found;
  std::string_view rest = options != nullptr ? options : "";
  while (!rest.empty()) {
    const auto end = rest.find_first_of(": \t\n");
    const std::string_view one = rest.substr(0, end);
    if (one.starts_with("output=")) found = one.substr(7);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return found;
}

// As the recorder writes it into a path.
std::string host_name() {
  struct utsname names{};
  if (::uname(&names) != 0) return "localhost";
  std::string host = names.nodename;
  std::replace(host.begin(), host.end(), '/', '_');
  return host;
}

std::string expanded(const std::string& pattern, pid_t process, const std::string& program) {
  std::string path;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%' || i + 1 == pattern.size()) {
      path += pattern[i];
      continue;
    }
    switch (pattern[++i]) {
      case 'p': path += std::to_string(process); break;
      case 'n': path += file_name(program); break;
      case 'h': path += host_name(); break;
      case '%': path += '%'; break;
      default: (path += '%') += pattern[i];
    }
  }
  return path;
}

// Adds how the process ended to the recording that it made itself; one of another process (a child's, where the
// program is a script) did not end that way.
void add_outcome(const std::string& path, const Ended& ended) {
  const std::optional<trace::FileHeader> header = recording_header(path);
  if (!header || header->process_id != static_cast<std::uint64_t>(ended.process)) return;
  if (const Result<bool> added = append_outcome(path, ended.words()); !added) say(added.error().sentence);
}

std::string in_bytes(std::uint64_t bytes) {
  constexpr std::uint64_t kilo = 1000, mega = kilo * kilo;
  std::array<char, 32> text{};
  if (bytes < kilo) return counted(bytes, "byte");
  const bool small = bytes < mega;
  std::snprintf(text.data(), text.size(), "%.1f %s",
                static_cast<double>(bytes) / static_cast<double>(small ? kilo : mega), small ? "kB" : "MB");
  return text.data();
}

// One line: the file, its size, its events, what it lacks.
std::string summary_of(const std::string& path) {
  const Result<std::unique_ptr<Recording>> recording = open_recording(path);
  if (!recording) return recording.error().sentence;
  const std::uint64_t events = composition_of(**recording).all.events;
  const RecordingInfo& info = (*recording)->info();
  std::string line = "recorded " + path + ": " + in_bytes(info.stored_bytes) + ", " + counted(events, "event") + ", ";
  return line + losses_in_short(info);
}

std::vector<std::string> recordings_in(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (recording_header(entry.path().string())) paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

int run_record(const RecordOptions& options) {
  std::string pattern;  // of the path at which the recording will stand
  std::string value;    // of output=; empty: TENTER_OPTIONS as the user set it
  std::unique_ptr<TemporaryFolder> detour;
  std::string final_path;
  if (!options.output.empty()) {
    const Result<std::string> file = file_for_recording(options.output);
    if (!file) return fail(file.error());
    final_path = absolute(*file);
    if (const std::optional<std::string> plain = as_option(final_path)) {
      value = pattern = *plain;
    } else {
      Result<std::unique_ptr<TemporaryFolder>> made = TemporaryFolder::make();
      if (!made) return fail(made.error());
      detour = std::move(*made);
      value = pattern = detour->path() + "/recording.tent";
    }
  } else if (std::string chosen = users_output(); !chosen.empty()) {
    pattern = chosen;
  } else {
    // Absolute, so that a program that changes its folder first still writes here; where the path cannot be an
    // option, the recorder's own default does.
    const std::optional<std::string> here = as_option(absolute("."));
    pattern = "%n.%p.tent";
    if (here) value = pattern = here->substr(0, here->size() - (here->ends_with("/.") ? 2 : 0)) + "/%n.%p.tent";
  }

  const bool path_is_fixed = pattern.find("%p") == std::string::npos;
  const std::string before_path = path_is_fixed ? expanded(pattern, 0, options.command[0]) : std::string();
  const std::optional<trace::FileHeader> before = path_is_fixed ? recording_header(before_path) : std::nullopt;

  const Result<Ended> ended = launch(options.command, value);
  if (!ended) return fail(ended.error());
  std::string path = expanded(pattern, ended->process, options.command[0]);
  const std::optional<trace::FileHeader> after = recording_header(path);
  const bool is_new = after && !(before && same_recording(*before, *after));
  const bool is_own = is_new && after->process_id == static_cast<std::uint64_t>(ended->process);
  if (std::string other = is_own ? std::string() : recording_beside(path, ended->process); !other.empty()) {
    say(path + ": another process was recording there; this recording is " + other);
    path = std::move(other);
  } else if (!is_new) {
    say(not_instrumented);
    return ended->status() != 0 ? ended->status() : status_of(ExitCode::inconclusive);
  }
  add_outcome(path, *ended);
  if (detour) {
    if (const Result<bool> moved = move_file(path, final_path); !moved) return fail(moved.error());
    path = final_path;
  }
  if (options.summary || ::isatty(STDERR_FILENO) == 1) say(summary_of(path));
  return ended->status();
}

int run_run(const RunArguments& arguments) {
  const Result<RunMode> mode = run_mode_named(arguments.mode);
  if (!mode) return fail(mode.error());
  CheckArguments check = arguments.check;
  if (check.list_analyses) return run_check(check);
  Result<CheckOptions> options = understand(check);
  if (!options) return fail(options.error());

  // A program may take hours; what would be lost at their end is looked at now.
  std::vector<std::string> paths = {arguments.keep.empty() ? "-" : arguments.keep};
  for (const Output& output : options->outputs) paths.push_back(output.path);
  for (const std::string& path : paths)
    if (const Result<bool> writable = can_be_written(path); !writable) return fail(writable.error());

  std::string keep;
  if (!arguments.keep.empty()) {
    Result<std::string> file = file_for_recording(arguments.keep);
    if (!file) return fail(file.error());
    keep = std::move(*file);
  }

  Result<std::unique_ptr<TemporaryFolder>> folder = TemporaryFolder::make();
  if (!folder) return fail(folder.error());
  if (*mode == RunMode::tsan) prepare_environment_for_detector();
  // Children that are instrumented too leave recordings of their own beside the program's.
  const Result<Ended> ended = launch(arguments.command, (*folder)->path() + "/%n.%p.tent");
  if (!ended) return fail(ended.error());
  std::vector<std::string> recordings = recordings_in((*folder)->path());
  if (recordings.empty()) {
    say(*mode == RunMode::tsan ? why_no_detector_ran() : not_instrumented);
    return ended->status() != 0 ? ended->status() : status_of(ExitCode::inconclusive);
  }
  for (const std::string& path : recordings) add_outcome(path, *ended);
  if (*mode == RunMode::tsan) {
    for (const std::string& path : recordings) {
      const Result<std::unique_ptr<Recording>> recording = open_recording(path);
      if (!recording) continue;  // the check will say why
      if (const Result<bool> fits = built_for_detector((*recording)->info()); !fits) return fail(fits.error());
    }
  }
  if (!keep.empty()) {
    for (std::string& path : recordings) {
      // The program's own recording gets the name asked for, its children's get theirs beside it.
      const std::optional<trace::FileHeader> header = recording_header(path);
      const bool own =
          recordings.size() == 1 || (header && header->process_id == static_cast<std::uint64_t>(ended->process));
      const std::string to = own ? keep : keep + '.' + file_name(path);
      if (const Result<bool> moved = move_file(path, to); !moved) return fail(moved.error());
      path = to;
    }
  }

  options->files = recordings;
  Result<CheckOutcome> outcome = check_recordings(*options);
  if (!outcome) return fail(outcome.error());
  if (const Result<bool> written = write_outputs(outcome->report, options->outputs, options->style); !written)
    return written.error().sentence.empty() ? status_of(ExitCode::internal) : fail(written.error());
  const int verdict = conclude(*outcome);
  // A program that failed by itself is told by its own status, unless there is something to say of ours.
  if (verdict == status_of(ExitCode::findings) || verdict == status_of(ExitCode::internal)) return verdict;
  return ended->status() != 0 ? ended->status() : verdict;
}

}  // namespace tenter::analysis
