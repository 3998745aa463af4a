#include "report/sarif_report.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "finding/describe.h"
#include "finding/fingerprint.h"
#include "report/escape.h"
#include "report/finding_pages.h"
#include "report/json_report.h"
#include "report/kind_traits.h"
#include "report/text_report.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

// GitHub refuses a file with more than 25,000 results and shows 5,000 of them; of a result it shows 100 locations.
constexpr std::size_t max_results = 5000;
constexpr std::size_t max_flow_locations = 200;
constexpr std::size_t max_related = 50;
constexpr std::size_t max_frames = 100;
// No system opens a file of a longer name, and readers of SARIF give up a whole file over a URI of 65,520 characters.
constexpr std::size_t max_path_bytes = 4096;
constexpr const char* source_root = "SRCROOT";

Json message_of(const std::string& text) { return {{"text", escape_for_sarif_message(text)}}; }

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

class SarifWriter {
 public:
  explicit SarifWriter(const RenderOptions& options) : options_(options) {}

  Json document(const Report& report) {
    Json results = Json::array();
    for (const Finding& finding : report.findings) {
      if (results.size() == max_results) break;
      results.push_back(result(finding));
    }
    if (report.findings.size() > max_results)
      notify("too-many-results", group_digits(report.findings.size()) + " findings were made, and the first " +
                                     group_digits(max_results) + " are in this file.");
    if (cut_) notify("shortened", "Long stacks, lists and paths were shortened; the JSON report holds them in full.");
    for (const RecordingSummary& recording : report.recordings)
      for (const std::string& note : recording.notes) notify("recording", recording.path + ": " + note);

    Json driver = {
        {"name", "tenter"}, {"fullName", "Tenterhook " + report.version}, {"semanticVersion", report.version}};
    driver["rules"] = std::move(rules_);

    Json invocation = {{"executionSuccessful", true}};
    invocation["toolExecutionNotifications"] = std::move(notifications_);
    Json run = {{"tool", {{"driver", std::move(driver)}}}};
    run["invocations"] = Json::array({std::move(invocation)});
    run["originalUriBaseIds"] = {
        {source_root, {{"description", {{"text", "The folder from which files are named, the repository's."}}}}}};
    run["columnKind"] = "utf16CodeUnits";
    run["results"] = std::move(results);
    Json document = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}};
    document["runs"] = Json::array({std::move(run)});
    return document;
  }

 private:
  void notify(const std::string& id, const std::string& text) {
    notifications_.push_back({{"level", "warning"}, {"descriptor", {{"id", id}}}, {"message", message_of(text)}});
  }

  std::size_t rule_index(const Finding& finding) {
    const auto [known, is_new] = rule_indexes_.try_emplace(finding.kind, rules_.size());
    if (!is_new) return known->second;
    const KindTraits& traits = traits_of(finding.kind);
    const std::string opening = page_opening(finding.kind), page(finding_page(finding.kind));
    Json tags = Json::array({"concurrency", "correctness"});
    if (traits.cwe != 0) tags.push_back("external/cwe/cwe-" + std::to_string(traits.cwe));
    Json rule = {
        {"id", finding.kind}, {"name", traits.id_name}, {"shortDescription", {{"text", sentence(traits.title)}}}};
    const std::string full = opening.empty() ? sentence(traits.title) : opening;
    rule["fullDescription"] = {{"text", full}};
    rule["help"] = {{"text", page.empty() ? full : page}, {"markdown", page.empty() ? full : page}};
    rule["defaultConfiguration"] = {{"level", traits.severity}};
    rule["properties"] = {
        {"precision", "very-high"},
        {"problem.severity", std::string(traits.severity) == "note" ? "recommendation" : traits.severity},
        {"tags", std::move(tags)}};
    rules_.push_back(std::move(rule));
    return known->second;
  }

  // A path is a URI reference relative to the repository where it lies below, and the URI of a file where it does not.
  Json artifact(const std::string& file) {
    std::string shown = path_from(options_.folder, file);
    if (shown.size() > max_path_bytes) {
      shown.resize(max_path_bytes);
      cut_ = true;
    }
    // Compilers name headers as they came to them (".../12/../../include"); readers of URIs distrust such steps back.
    if (shown.starts_with('/'))
      return {{"uri", "file://" + escape_for_uri(std::filesystem::path(shown).lexically_normal().string())}};
    return {{"uri", escape_for_uri(shown)}, {"uriBaseId", source_root}};
  }

  Json place(const std::string& file, std::uint32_t line, std::uint32_t column, const std::string& function,
             const std::string& text) {
    Json location = Json::object();
    if (!file.empty()) {
      Json physical = {{"artifactLocation", artifact(file)}};
      if (line != 0) physical["region"] = {{"startLine", line}};
      if (line != 0 && column != 0) physical["region"]["startColumn"] = column;
      location["physicalLocation"] = std::move(physical);
    }
    if (!function.empty())
      location["logicalLocations"] =
          Json::array({{{"fullyQualifiedName", escape_for_terminal(function)}, {"kind", "function"}}});
    if (!text.empty()) location["message"] = message_of(text);
    return location;
  }

  Json place(const Location& at, const std::string& text) {
    return place(at.file, at.line, at.column, at.function, text);
  }

  Json place(const Frame& frame, const std::string& text) {
    Json location = place(frame.file, frame.line, frame.column, frame.function, text);
    if (frame.file.empty() && !frame.module.empty())
      location["physicalLocation"] = {{"artifactLocation", artifact(frame.module)},
                                      {"address", {{"relativeAddress", frame.offset}, {"kind", "instruction"}}}};
    return location;
  }

  Json stack(const std::vector<Frame>& frames, const std::string& text, std::uint32_t task) {
    Json list = Json::array();
    for (const Frame& frame : frames) {
      if (list.size() == max_frames) {
        cut_ = true;
        break;
      }
      Json one = {{"location", place(frame, {})}, {"threadId", task}};
      if (!frame.module.empty()) one["module"] = escape_for_terminal(frame.module);
      list.push_back(std::move(one));
    }
    Json json = {{"message", message_of(text)}};
    json["frames"] = std::move(list);
    return json;
  }

  // What one task goes through, outermost call first: a stretch of frames, the last of which is named.
  struct Stretch {
    const std::vector<Frame>* frames;
    std::string ends_with;
    const char* importance;
    std::uint64_t since = 0;  // the step with which the wait at its end began; 0: there is none, or it is not known
  };

  // Steps of different tasks with one execution order are those that nothing orders: the last ones of each.
  Json thread_flow(const std::string& task, const std::vector<Stretch>& stretches, std::size_t longest) {
    std::size_t length = 0;
    for (const Stretch& stretch : stretches) length += std::min(stretch.frames->size(), max_frames);
    Json locations = Json::array();
    std::size_t order = longest - length;
    for (const Stretch& stretch : stretches) {
      const std::size_t shown = std::min(stretch.frames->size(), max_frames);
      cut_ = cut_ || shown < stretch.frames->size();
      for (std::size_t i = shown; i-- > 0;) {
        ++order;
        const std::size_t left = length - (order - (longest - length));
        if (left >= max_flow_locations) {
          cut_ = true;
          continue;
        }
        const bool last = i == 0;
        Json step = {{"location", place((*stretch.frames)[i], last ? stretch.ends_with : std::string())},
                     {"nestingLevel", shown - 1 - i},
                     {"executionOrder", order},
                     {"importance", last ? stretch.importance : "unimportant"}};
        if (last && stretch.since != 0) step["properties"] = {{"since_step", stretch.since}};
        locations.push_back(std::move(step));
      }
    }
    return {{"id", escape_for_terminal(task)}, {"message", message_of(task)}, {"locations", std::move(locations)}};
  }

  static std::string created_words(const TaskRef& task) { return call_task_first(task) + " is created."; }

  Json code_flow(const Finding& finding) {
    // A task of a cycle comes with what it holds and what it waits for; otherwise a side is a task's part.
    std::vector<std::pair<std::string, std::vector<Stretch>>> flows;
    const auto flow_of = [&](const TaskRef& task) -> std::vector<Stretch>& {
      const std::string name = call_task(task);
      const auto known = std::ranges::find_if(flows, [&](const auto& flow) { return flow.first == name; });
      if (known != flows.end()) return known->second;
      std::vector<Stretch>& stretches = flows.emplace_back(name, std::vector<Stretch>()).second;
      if (!task.created_at.empty()) stretches.push_back({&task.created_at, created_words(task), "important"});
      return stretches;
    };
    for (const WaitRef& wait : finding.cycle) {
      std::vector<Stretch>& stretches = flow_of(wait.task);
      if (!wait.held_at.empty()) stretches.push_back({&wait.held_at, "Takes " + wait.holds + '.', "important"});
      stretches.push_back({&wait.stack, wait_words(finding, wait), "essential", wait.since});
    }
    if (finding.cycle.empty())
      for (const Side& side : finding.sides)
        if (!side.stack.empty()) {
          const WaitRef* wait = wait_of(finding, side);
          flow_of(side.task).push_back(
              {&side.stack, side_words(finding, side), "essential", wait != nullptr ? wait->since : 0});
        }
    std::size_t longest = 0;
    for (const auto& [task, stretches] : flows) {
      std::size_t length = 0;
      for (const Stretch& stretch : stretches) length += std::min(stretch.frames->size(), max_frames);
      longest = std::max(longest, length);
    }
    Json list = Json::array();
    for (const auto& [task, stretches] : flows)
      if (Json flow = thread_flow(task, stretches, longest); !flow["locations"].empty())
        list.push_back(std::move(flow));
    return list;
  }

  // The wait that a side stands for: the first side of a leak is the task that was left behind.
  static const WaitRef* wait_of(const Finding& finding, const Side& side) {
    const bool waits = finding.blocked_on && &side == &finding.sides.front();
    return waits && finding.blocked_on->task.id == side.task.id ? &*finding.blocked_on : nullptr;
  }

  static std::string side_words(const Finding& finding, const Side& side) {
    if (const WaitRef* wait = wait_of(finding, side)) return wait_words(finding, *wait);
    return call_task_first(side.task) + ' ' + what_it_does(side) + '.';
  }

  static std::string wait_words(const Finding& finding, const WaitRef& wait) {
    return call_task_first(wait.task) + ' ' +
           (finding.certainty == "predicted" ? "takes " + wait.wants : waits_words(wait.wants)) +
           (wait.since != 0 ? " since step " + group_digits(wait.since) + " of the run" : std::string()) + '.';
  }

  Json stacks(const Finding& finding) {
    Json list = Json::array();
    // SARIF wants a set: two that read alike are one.
    const auto add = [&](const std::vector<Frame>& frames, const std::string& words, std::uint32_t task) {
      if (frames.empty()) return;
      Json one = stack(frames, words, task);
      if (std::ranges::find(list, one) == list.end()) list.push_back(std::move(one));
    };
    for (const WaitRef& wait : finding.cycle) {
      add(wait.held_at, call_task_first(wait.task) + " takes " + wait.holds + '.', wait.task.id);
      add(wait.stack, wait_words(finding, wait), wait.task.id);
    }
    if (finding.cycle.empty())
      for (const Side& side : finding.sides) add(side.stack, side_words(finding, side), side.task.id);
    return list;
  }

  // The places that the message links to: each side, where tasks and the object were made, who could end a wait.
  Json related(const Finding& finding, std::string& links) {
    Json list = Json::array();
    const auto add = [&](const std::vector<Frame>& frames, const std::string& text) -> std::size_t {
      const Frame* frame = frame_to_show(frames);
      if (frame == nullptr) return 0;
      if (list.size() == max_related) {
        cut_ = true;
        return 0;
      }
      const std::size_t id = list.size() + 1;
      Json location = {{"id", id}};
      location.update(place(*frame, text));
      list.push_back(std::move(location));
      return id;
    };
    const auto link = [&](std::size_t id, const std::string& text) {
      if (id == 0) return;
      links += links.empty() ? " See " : ", ";
      links += '[' + escape_for_sarif_message(text) + "](" + std::to_string(id) + ')';
    };
    if (finding.cycle.empty())
      for (const Side& side : finding.sides)
        link(add(side.stack, side_words(finding, side)), call_task(side.task) + ' ' + what_it_does(side));
    for (const WaitRef& wait : finding.cycle) {
      link(add(wait.stack, wait_words(finding, wait)), call_task(wait.task) + " and " + wait.wants);
      add(wait.held_at, call_task_first(wait.task) + " takes " + wait.holds + '.');
    }
    std::vector<std::string> told;
    const auto created = [&](const TaskRef& task) {
      const std::string name = call_task(task);
      if (std::ranges::find(told, name) != told.end()) return;
      told.push_back(name);
      add(task.created_at, created_words(task));
    };
    for (const Side& side : finding.sides) created(side.task);
    for (const WaitRef& wait : finding.cycle) created(wait.task);
    if (finding.object) add(finding.object->created_at, "The " + finding.object->kind + " is made.");
    for (const TaskRef& task : finding.could_be_unblocked_by)
      add(task.created_at, call_task_first(task) + ", which could have ended the wait, is created.");
    return list;
  }

  Json result(const Finding& finding) {
    std::string links;
    Json related_locations = related(finding, links);
    const std::string text = sentence(finding.message) + (finding.explanation.empty() ? "" : " " + finding.explanation);
    Json json = {
        {"ruleId", finding.kind},
        {"ruleIndex", rule_index(finding)},
        {"level", finding.severity == "error" || finding.severity == "warning" ? finding.severity : "note"},
        {"message", {{"text", escape_for_sarif_message(sentence(text)) + (links.empty() ? "" : links + '.')}}}};
    json["locations"] = Json::array();
    if (!finding.locations.empty()) {
      Json primary = place(finding.locations.front(), {});
      // Services refuse a result without a line: a file without lines is named as a whole.
      if (primary.contains("physicalLocation") && !primary["physicalLocation"].contains("region"))
        primary["physicalLocation"]["region"] = {{"startLine", 1}};
      json["locations"].push_back(std::move(primary));
    }
    if (!related_locations.empty()) json["relatedLocations"] = std::move(related_locations);
    if (Json flow = code_flow(finding); !flow.empty())
      json["codeFlows"] = Json::array({{{"threadFlows", std::move(flow)}}});
    if (Json list = stacks(finding); !list.empty()) json["stacks"] = std::move(list);
    if (options_.known != nullptr) json["baselineState"] = options_.is_known(finding.fingerprint) ? "unchanged" : "new";
    json["partialFingerprints"] = {{"racePair/v1", finding.fingerprint}};
    if (finding.count != 0) json["occurrenceCount"] = finding.count;
    json["properties"] = {{"certainty", finding.certainty}};
    if (!finding.reason.empty()) json["properties"].update({{"reason", finding.reason}, {"proof", finding.proof}});
    return json;
  }

  const RenderOptions& options_;
  Json rules_ = Json::array();
  Json notifications_ = Json::array();
  std::map<std::string, std::size_t> rule_indexes_;
  bool cut_ = false;
};

}  // namespace

void write_sarif(const Report& report, const RenderOptions& options, std::ostream& out) {
  out << text_of(SarifWriter(options).document(report));
}

}  // namespace tenter::analysis
