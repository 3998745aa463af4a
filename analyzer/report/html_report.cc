#include "report/html_report.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "report/html_page.h"
#include "report/json_report.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint32_t lines_around = 5;
// A report of thousands of findings shows the sources of the first ones: they come in order of severity.
constexpr std::size_t max_lines = 40'000;

// By file, the numbers of the lines that some place of the report is near to.
class WantedLines {
 public:
  // Anything with a file and a line is a place.
  void collect(const Json& json) {
    if (json.is_object()) {
      const auto file = json.find("file"), line = json.find("line");
      if (file != json.end() && line != json.end() && file->is_string() && line->is_number_unsigned())
        add(file->get_ref<const std::string&>(), line->get<std::uint32_t>());
    }
    if (json.is_structured())
      for (const Json& part : json) collect(part);
  }
  const std::map<std::string, std::set<std::uint32_t>>& by_file() const { return lines_; }

 private:
  void add(const std::string& file, std::uint32_t line) {
    if (file.empty() || line == 0 || count_ >= max_lines) return;
    std::set<std::uint32_t>& lines = lines_[file];
    for (std::uint32_t one = line > lines_around ? line - lines_around : 1; one <= line + lines_around; ++one)
      if (lines.insert(one).second) ++count_;
  }
  std::map<std::string, std::set<std::uint32_t>> lines_;
  std::size_t count_ = 0;
};

// {"bank.cc": [[first, ["line", ...]], ...]}: runs of lines, without those that cannot be read.
Json excerpts(const Json& findings, SourceLines& sources) {
  WantedLines wanted;
  wanted.collect(findings);
  Json files = Json::object();
  for (const auto& [file, numbers] : wanted.by_file()) {
    Json runs = Json::array();
    std::uint32_t last = 0;
    for (const std::uint32_t number : numbers) {
      std::optional<std::string> line = sources.line(file, number);
      if (!line) continue;
      if (runs.empty() || number != last + 1) runs.push_back({number, Json::array()});
      runs.back()[1].push_back(std::move(*line));
      last = number;
    }
    if (!runs.empty()) files[file] = std::move(runs);
  }
  return files;
}

// Each text once. A text is told by its place.
class Strings {
 public:
  std::size_t place_of(const Json& text) {
    const auto [entry, is_new] = places_.try_emplace(text.get<std::string>(), places_.size());
    if (is_new) list_.push_back(text);
    return entry->second;
  }
  const Json& list() const { return list_; }

 private:
  std::unordered_map<std::string, std::size_t> places_;
  Json list_ = Json::array();
};

// Hundreds of thousands of events as rows of numbers are a fifth of the bytes that their JSON is, and a browser is as much
// sooner through with them. html/source/events.js reads the same fields in the same order.
void pack(Json& timeline, Strings& strings) {
  Json events = Json::array(), arrows = Json::array();
  for (const Json& event : timeline["events"]) {
    events.push_back(event["task"]);
    events.push_back(event["position"]);
    for (const char* text : {"op", "does", "file"}) events.push_back(strings.place_of(event[text]));
    events.push_back(event["line"]);
    events.push_back(event["column"]);
    events.push_back(strings.place_of(event["function"]));
    events.push_back(event.contains("side") ? event["side"].get<std::uint64_t>() + 1 : 0);
  }
  for (const Json& arrow : timeline["arrows"]) {
    arrows.push_back(arrow["from"]);
    arrows.push_back(arrow["to"]);
    arrows.push_back(strings.place_of(arrow["kind"]));
  }
  timeline["events"] = std::move(events);
  timeline["arrows"] = std::move(arrows);
}

// JSON that cannot end the <script> in which it stands, nor be taken for markup by anything. These characters occur in
// JSON inside of strings only.
void write_for_script(const Json& json, std::ostream& out) {
  const std::string text = json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  std::size_t begin = 0;
  for (std::size_t special; (special = text.find_first_of("<>&", begin)) != std::string::npos; begin = special + 1) {
    out.write(text.data() + begin, static_cast<std::streamsize>(special - begin));
    out << (text[special] == '<' ? "\\u003c" : text[special] == '>' ? "\\u003e" : "\\u0026");
  }
  out.write(text.data() + begin, static_cast<std::streamsize>(text.size() - begin));
}

}  // namespace

void write_html(const Report& report, SourceLines* sources, std::ostream& out) {
  Json data = {{"report", json_of(report)}};
  if (sources != nullptr) data["sources"] = excerpts(data["report"]["findings"], *sources);
  Strings strings;
  for (Json& finding : data["report"]["findings"])
    if (const auto timeline = finding.find("timeline"); timeline != finding.end()) pack(*timeline, strings);
  data["strings"] = strings.list();

  std::string page;
  for (const std::string_view piece : html_page()) page += piece;
  static constexpr std::string_view slot = "{{REPORT}}";
  const auto at = page.find(slot);
  TENTER_CHECK(at != std::string::npos, "the page has a place for the report");
  out << page.substr(0, at);
  write_for_script(data, out);
  out << page.substr(at + slot.size());
}

}  // namespace tenter::analysis
