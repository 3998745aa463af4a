#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "cli/files.h"
#include "cli/github_actions.h"
#include "cli/outputs.h"
#include "cli/say.h"
#include "report/space_time.h"

namespace tenter::analysis {
namespace {

bool use_color(const std::string& when, bool to_stdout) {
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* forced = std::getenv("CLICOLOR_FORCE");
  if (forced != nullptr && *forced != '\0' && std::string(forced) != "0") return true;
  return to_stdout && ::isatty(1) != 0;
}

}  // namespace

Result<bool> write_outputs(const Report& report, const std::vector<Output>& outputs, const OutputStyle& style) {
  std::vector<std::string> roots = {"."};
  for (const SourceRoot& root : style.source_roots)
    if (!root.to.empty()) roots.push_back(root.to);
  SourceLines sources(roots);
  std::error_code unknown;
  RenderOptions render;
  render.sources = style.excerpts ? &sources : nullptr;
  render.folder = std::filesystem::current_path(unknown).string();
  render.full_names = style.full_names;
  render.known = style.known;
  Result<bool> all = true;
  for (const Output& output : outputs) {
    std::ostringstream text;
    render.color = use_color(style.color, output.path == "-");
    output.format->write(report, render, text);
    if (output.format->of_timelines && lacks_timelines(report))
      say("the " + std::string(output.format->name) +
          " output is empty: it shows the timelines of races, deadlocks and leaks, and no finding here has one");
    // Names in a text for people must not be taken for commands of the runner that reads the log.
    const bool in_log = output.path == "-" && output.format == find_format("text");
    const std::string whole = in_log ? fenced_for_log(text.str()) : text.str();
    if (Result<bool> written = write_text_file(output.path, whole); !written && all) all = std::move(written);
  }
  const bool asked =
      std::ranges::any_of(outputs, [](const Output& output) { return output.format == find_format("github"); });
  if (style.annotate && !asked)
    if (Result<bool> told = tell_github(report, render); !told && all) all = std::move(told);
  return all;
}

}  // namespace tenter::analysis
