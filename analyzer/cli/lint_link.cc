#include "cli/lint_link.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>

#include "base/text.h"
#include "cli/files.h"
#include "cli/in_parallel.h"
#include "cli/lint_tool.h"

namespace tenter::analysis {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// A circle of files may go on teaching each other; what is known by then is true, and enough.
constexpr unsigned most_rounds = 8;

// Where summaries go: where the user said, or for as long as we need them.
class Folder {
 public:
  explicit Folder(const std::string& wanted) : path_(wanted), ours_(wanted.empty()) {
    std::error_code failed;
    if (!ours_) {
      fs::create_directories(path_, failed);
      return;
    }
    std::string pattern = (fs::temp_directory_path(failed) / "tenter-lint-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    if (ours_ && !path_.empty()) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  bool usable() const {
    std::error_code unknown;
    return !path_.empty() && fs::is_directory(path_, unknown);
  }
  const fs::path& path() const { return path_; }
  // As gcov names its files, so that those of two folders do not meet.
  std::string of(const std::string& file) const {
    std::string name = file.substr(file.find_first_not_of('/') == std::string::npos ? 0 : file.find_first_not_of('/'));
    std::replace(name.begin(), name.end(), '/', '#');
    return (path_ / (name + ".json")).string();
  }
  std::string program() const { return (path_ / "program.json").string(); }

 private:
  fs::path path_;
  const bool ours_;
};

class Linking {
 public:
  Linking(const std::string& tool, const std::vector<std::string>& files, const LintArguments& arguments,
          const LintReading& read, const Folder& folder)
      : tool_(tool), files_(files), arguments_(arguments), read_(read), folder_(folder) {}

  Result<LinkedFiles> run(const LintTelling& finding_of) {
    for (const std::string& file : files_) {
      std::error_code ignored;
      fs::remove(folder_.of(file), ignored);  // of an earlier run: what cannot be read now tells nothing
    }
    const Clock::time_point start = Clock::now();
    read_all(files_, arguments_.summaries_in);
    const Clock::time_point first_done = Clock::now();
    std::set<std::string> again;
    for (unsigned round = 0;; ++round) {
      const Result<Json> linked = link();
      if (!linked) return linked.error();
      const std::vector<std::string> changed = files_named((*linked)["again"]);
      if (changed.empty() || round == most_rounds) {
        for (const Json& told : (*linked)["findings"]) add(told, finding_of);
        break;
      }
      again.insert(changed.begin(), changed.end());
      read_all(changed, {folder_.program()});
    }
    LinkedFiles outcome;
    for (auto& [file, result] : results_) outcome.results.emplace(file, std::move(*result));
    if (arguments_.output.verbose)
      outcome.remarks.push_back(std::to_string(again.size()) + " of " + counted(files_.size(), "file") +
                                " were read again for what others tell: " + seconds(start, first_done) +
                                " for the first reading, " + seconds(first_done, Clock::now()) + " for the rest");
    return outcome;
  }

 private:
  static std::string seconds(Clock::time_point from, Clock::time_point to) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(to - from).count());
    return text;
  }

  void read_all(const std::vector<std::string>& files, const std::vector<std::string>& summaries) {
    std::vector<std::optional<Result<Checked>>> results(files.size());
    in_parallel(files.size(), arguments_.output.jobs, [&](std::size_t i) {
      std::vector<std::string> options = {"--summary-out=" + folder_.of(files[i])};
      for (const std::string& each : summaries) options.push_back("--summary-in=" + each);
      results[i].emplace(read_(files[i], options));
    });
    for (std::size_t i = 0; i < files.size(); ++i) results_[files[i]] = std::move(results[i]);
  }

  Result<Json> link() const {
    std::vector<std::string> command = {tool_, "--link=" + folder_.program()};
    if (!arguments_.checks.empty()) command.push_back("--checks=" + arguments_.checks);
    for (const std::string& each : arguments_.summaries_in) command.push_back("--summary-in=" + each);
    bool complete = true;
    for (const std::string& file : files_) {
      const std::string summary = folder_.of(file);
      if (exists(summary)) command.push_back(summary);
      else complete = false;
    }
    // Where a file could not be read, nobody knows what it does to others' members.
    if (arguments_.whole_program && complete) command.insert(command.begin() + 1, "--whole-program");
    const Result<LintToolOutput> output = run_lint_tool(command);
    if (!output) return output.error();
    Result<Json> answer = lint_tool_answer(*output, "the link step");
    if (answer && !(answer->contains("again") && answer->contains("findings")))
      return Error{tool_ + " gave up the link step", ExitCode::internal};
    return answer;
  }

  std::vector<std::string> files_named(const Json& units) const {
    std::vector<std::string> named;
    for (const Json& unit : units)
      if (std::binary_search(files_.begin(), files_.end(), unit.get<std::string>()))
        named.push_back(unit.get<std::string>());
    return named;
  }

  void add(const Json& told, const LintTelling& finding_of) {
    const auto result = results_.find(told.value("unit", std::string()));
    if (result != results_.end() && *result->second) result->second->value().findings.push_back(finding_of(told));
  }

  const std::string& tool_;
  const std::vector<std::string>& files_;
  const LintArguments& arguments_;
  const LintReading& read_;
  const Folder& folder_;
  std::map<std::string, std::optional<Result<Checked>>> results_;
};

}  // namespace

Result<LinkedFiles> read_linked(const std::string& tool, const std::vector<std::string>& files,
                                const LintArguments& arguments, const LintReading& read,
                                const LintTelling& finding_of) {
  const Folder folder(arguments.summaries_out);
  if (!folder.usable())
    return Error{folder.path().string() + " is no folder for summaries; give one with --summaries-out"};
  std::vector<std::string> sorted = files;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return Linking(tool, sorted, arguments, read, folder).run(finding_of);
}

}  // namespace tenter::analysis
