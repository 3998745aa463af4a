// Every field of a joined document is one of: a union of keyed sets, a maximum or minimum, or derived from those. Each
// of these is a join of a semilattice, and so is the whole. A plain sum would not be: counts are summed only over the
// set of recordings, when the document is written.
#include "report/merge_reports.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "base/text.h"
#include "finding/rank.h"
#include "report/json_report.h"
#include "report/report_fields.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* how_to_make_a_report = "make one with `tenter check --format json=report.json`";
constexpr const char* how_to_make_a_baseline =
    "make one with `tenter gate report.json --baseline NEW.json --update-baseline`";

// What a JSON document that is none of ours looks like; empty where it looks like nothing known.
std::string nature_of(const Json& document) {
  if (!document.is_object()) return "it is no JSON object";
  if (list_at(document, "runs").size() != 0 || text_at(document, "$schema").find("sarif") != std::string::npos)
    return "it is a SARIF log";
  const std::string tool = text_at(object_at(document, "tool"), "name");
  constexpr std::size_t longest_name = 80;
  if (!tool.empty() && tool != "tenter") return "it is of another tool, " + tool.substr(0, longest_name);
  return "it names no schema_version and no tool";
}

// Ours are less than ten levels deep; a deeper text is meant to exhaust somebody's stack.
constexpr int max_json_depth = 64;

struct TooDeep : std::runtime_error {
  TooDeep() : std::runtime_error("nested too deeply") {}
};

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::uint64_t saturated_sum(std::uint64_t a, std::uint64_t b) { return a > UINT64_MAX - b ? UINT64_MAX : a + b; }

std::string key_of(const Json& recording) {
  std::string id = text_at(recording, "id");
  return id.empty() ? text_at(recording, "path") : id;
}

bool told_conclusive(const Json& recording) {
  const auto told = recording.find("conclusive");
  if (told != recording.end() && told->is_boolean()) return told->get<bool>();
  const auto complete = recording.find("complete");
  return complete != recording.end() && complete->is_boolean() && complete->get<bool>() &&
         number_at(recording, "lost_events") == 0 &&
         (!recording.contains("events") || number_at(recording, "events") > 0);
}

// Every shard of one partition is the same as no shards at all.
void close_shards(std::set<std::string>& shards) {
  std::map<std::string, std::size_t> of;
  for (const std::string& shard : shards)
    if (const auto slash = shard.find('/'); slash != std::string::npos) ++of[shard.substr(slash + 1)];
  for (const auto& [count, have] : of)
    if (parse_number(count) == have) {
      shards = {"1/1"};
      return;
    }
}

constexpr std::initializer_list<const char*> analysis_numbers = {"racy_events", "racy_places", "deadlocks"};

int certainty_rank(const std::string& certainty) {
  return certainty == "confirmed" ? 0 : certainty == "observed" ? 1 : 2;
}

// Of two tellings of one finding, the one that knows more is kept, then the shorter, then the first in bytes.
bool better_example(const Json& a, const Json& b) {
  const std::string left = dumped(a), right = dumped(b);
  const auto rank = [](const Json& json, const std::string& text) {
    return std::tuple(certainty_rank(text_at(json, "certainty")), severity_rank(text_at(json, "severity")),
                      text.size());
  };
  return std::tuple(rank(a, left), left) < std::tuple(rank(b, right), right);
}

template <class Map>
std::vector<std::string> analysis_order(const Map& analyses) {
  std::vector<std::string> order;
  for (const auto& [name, numbers] : analyses) order.push_back(name);
  std::ranges::sort(order, {}, [](const std::string& name) { return std::pair(analysis_rank(name), name); });
  return order;
}

// Where a report is sorted the same way by `tenter check`, see merge_duplicates().
auto finding_order(const Json& finding) {
  const auto locations = finding.find("locations");
  static const Json nowhere = Json::object();
  const Json& place =
      locations != finding.end() && locations->is_array() && !locations->empty() && locations->front().is_object()
          ? locations->front()
          : nowhere;
  return std::tuple(severity_rank(text_at(finding, "severity")), kind_rank(text_at(finding, "kind")),
                    text_at(place, "file"), number_at(place, "line"), number_at(place, "column"),
                    text_at(finding, "fingerprint"));
}

}  // namespace

bool is_fingerprint(const std::string& text) {
  return text.size() >= 16 && text.size() <= 128 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<nlohmann::ordered_json> parse_json(std::string_view text, const std::string& source, DocumentKind wanted) {
  const auto none = [&](const std::string& why) {
    const bool report = wanted == DocumentKind::report;
    return Error{source + ": this is no " + (report ? "report: " : "baseline: ") + why + "; " +
                     (report ? how_to_make_a_report : how_to_make_a_baseline),
                 ExitCode::input};
  };
  try {
    return Json::parse(text, [](int depth, Json::parse_event_t, Json&) {
      if (depth > max_json_depth) throw TooDeep();
      return true;
    });
  } catch (const TooDeep&) {
    return none("its JSON is nested more than " + std::to_string(max_json_depth) + " levels deep");
  } catch (const Json::parse_error& error) {
    return none(text.empty() ? "it is empty" : "not valid JSON at byte " + group_digits(error.byte));
  } catch (const Json::exception&) { return none("it holds a number out of range"); }
}

Result<bool> check_document(const nlohmann::ordered_json& document, const std::string& source, DocumentKind wanted) {
  const bool report = wanted == DocumentKind::report;
  const auto refused = [&](const std::string& sentence) { return Error{source + ": " + sentence, ExitCode::input}; };
  const auto version = document.is_object() ? document.find("schema_version") : document.end();
  const bool ours = document.is_object() && version != document.end() && version->is_number_unsigned() &&
                    text_at(object_at(document, "tool"), "name") == "tenter";
  if (!ours)
    return refused(std::string("this is not a ") + (report ? "report" : "baseline") + " of tenter (" +
                   nature_of(document) + "); " + (report ? how_to_make_a_report : how_to_make_a_baseline));
  const auto number = version->get<std::uint64_t>();
  if (number == 0 || number > report_schema_version)
    return refused(std::string("the ") + (report ? "report" : "baseline") + " has schema version " +
                   std::to_string(number) + ", and this tenter reads version " + std::to_string(report_schema_version) +
                   "; use the tenter that wrote it, or a newer one");
  if (report && text_at(document, "document") == "baseline")
    return refused(std::string("this is a baseline and no report; put it behind --baseline, and for a report ") +
                   how_to_make_a_report);
  return true;
}

nlohmann::ordered_json summary_of(const nlohmann::ordered_json& findings) {
  std::map<std::pair<int, std::string>, std::uint64_t> counts;
  for (const Json& finding : findings) {
    const std::string kind = text_at(finding, "kind");
    ++counts[{kind_rank(kind), kind}];
  }
  Json summary = Json::object();
  for (const auto& [kind, count] : counts) summary[kind.second] = count;
  return summary;
}

Result<ReportDocument> read_report(std::string_view text, const std::string& source) {
  Result<Json> parsed = parse_json(text, source, DocumentKind::report);
  if (!parsed) return parsed.error();
  Json& document = *parsed;
  if (const Result<bool> ours = check_document(document, source, DocumentKind::report); !ours) return ours.error();
  const auto bad = [&](const std::string& what) {
    return Error{source + ": the report is damaged: " + what + "; make it anew", ExitCode::input};
  };
  const auto recordings = document.find("recordings"), findings = document.find("findings");
  if (recordings == document.end() || !recordings->is_array()) return bad("it has no list of recordings");
  if (findings == document.end() || !findings->is_array()) return bad("it has no list of findings");

  ReportDocument result;
  result.version_ = text_at(document["tool"], "version");
  std::map<std::string, std::string> key_of_path;
  for (Json& told : *recordings) {
    if (!told.is_object()) return bad("an entry of its recordings is no object");
    const std::string key = key_of(told);
    key_of_path.try_emplace(text_at(told, "path"), key);
    ReportDocument::Recording recording;
    if (const auto shards = told.find("shards"); shards != told.end()) {
      if (!shards->is_array()) return bad("the shards of a recording are no list");
      for (const Json& shard : *shards) {
        if (!shard.is_string()) return bad("a shard of a recording is no text");
        recording.shards.insert(shard.get<std::string>());
      }
      told.erase("shards");
    } else {
      recording.shards = {"1/1"};
    }
    if (const auto analyses = told.find("analyses"); analyses != told.end()) {
      if (!analyses->is_array()) return bad("the analyses of a recording are no list");
      for (const Json& analysis : *analyses) {
        if (!analysis.is_object()) return bad("an analysis of a recording is no object");
        for (const char* number : analysis_numbers)
          recording.analyses[text_at(analysis, "name")][number] = number_at(analysis, number);
      }
      told.erase("analyses");
    }
    recording.told = std::move(told);
    result.join_recording(key, recording);
  }
  for (Json& finding : *findings) {
    if (!finding.is_object()) return bad("an entry of its findings is no object");
    const std::string print = text_at(finding, "fingerprint");
    if (!is_fingerprint(print)) return bad("a finding has no fingerprint of 16 or more hex digits");
    if (text_at(finding, "kind").empty()) return bad("a finding has no kind");
    ReportDocument::Entry entry;
    if (const auto seen = finding.find("seen"); seen != finding.end() && seen->is_array()) {
      for (const Json& one : *seen) {
        if (!one.is_object()) return bad("an entry of `seen` is no object");
        const std::string id = text_at(one, "id");
        std::uint64_t& count = entry.seen[id.empty() ? text_at(one, "recording") : id];
        count = std::max(count, number_at(one, "count"));
      }
    } else {
      // Without a set of recordings the finding is one of the whole report.
      const std::string first = result.recordings_.empty() ? std::string() : result.recordings_.begin()->first;
      const std::uint64_t count = std::max<std::uint64_t>(number_at(finding, "count"), 1);
      const auto named = finding.find("recordings");
      if (named != finding.end() && named->is_array() && !named->empty()) {
        for (const Json& path : *named) {
          if (!path.is_string()) return bad("the path of a recording is no text");
          const auto known = key_of_path.find(path.get<std::string>());
          entry.seen[known != key_of_path.end() ? known->second : path.get<std::string>()] = 1;
        }
        std::uint64_t& of_first = entry.seen.begin()->second;
        of_first = std::max(of_first, count > entry.seen.size() ? count - entry.seen.size() + 1 : 1);
      } else {
        entry.seen[first] = count;
      }
    }
    // What depends on the set of recordings is written anew; the places of the keys keep the order of our reports.
    finding["count"] = 0;
    finding["recordings"] = Json::array();
    finding["seen"] = Json::array();
    entry.example = std::move(finding);
    ReportDocument one;
    one.findings_.emplace(print, std::move(entry));
    result.join(one);
  }
  if (const auto analyses = document.find("analyses"); analyses != document.end() && analyses->is_array()) {
    for (const Json& analysis : *analyses) {
      if (!analysis.is_object()) return bad("an entry of its analyses is no object");
      ReportDocument::Analysis& known = result.analyses_[text_at(analysis, "name")];
      known.promise = text_at(analysis, "promise");
      for (const char* number : analysis_numbers) known.numbers[number] = number_at(analysis, number);
    }
  }
  if (const auto rules = document.find("suppressions"); rules != document.end()) {
    if (!rules->is_array()) return bad("its suppressions are no list");
    for (const Json& rule : *rules) {
      if (!rule.is_object()) return bad("an entry of its suppressions is no object");
      ReportDocument one;
      ReportDocument::Suppression& told =
          one.suppressions_[{text_at(rule, "file"), number_at(rule, "line"), text_at(rule, "rule")}];
      told.reason = text_at(rule, "reason");
      told.expired = truth_at(rule, "expired");
      for (const Json& finding : list_at(rule, "findings")) {
        const std::string print = text_at(finding, "fingerprint");
        if (!is_fingerprint(print)) return bad("a suppressed finding has no fingerprint of 16 or more hex digits");
        told.taken.try_emplace(print, finding);
      }
      result.join(one);
    }
  }
  return result;
}

bool ReportDocument::Recording::conclusive() const { return told_conclusive(told) && shards.contains("1/1"); }

void ReportDocument::join_recording(const std::string& key, const Recording& recording) {
  Recording& known = recordings_.try_emplace(key, recording).first->second;
  // Of two tellings the one that admits a loss wins, so that joining never hides one.
  const auto rank = [](const Json& told) { return std::tuple(told_conclusive(told), dumped(told)); };
  if (rank(recording.told) < rank(known.told)) known.told = recording.told;
  known.shards.insert(recording.shards.begin(), recording.shards.end());
  close_shards(known.shards);
  for (const auto& [name, numbers] : recording.analyses)
    for (const auto& [number, value] : numbers) {
      std::uint64_t& most = known.analyses[name][number];
      most = std::max(most, value);
    }
}

void ReportDocument::join(const ReportDocument& other) {
  version_ = std::max(version_, other.version_);
  for (const auto& [key, recording] : other.recordings_) join_recording(key, recording);
  for (const auto& [print, theirs] : other.findings_) {
    const auto [entry, is_new] = findings_.try_emplace(print, theirs);
    if (is_new) continue;
    if (better_example(theirs.example, entry->second.example)) entry->second.example = theirs.example;
    for (const auto& [key, count] : theirs.seen) {
      std::uint64_t& known = entry->second.seen[key];
      known = std::max(known, count);
    }
  }
  for (const auto& [name, theirs] : other.analyses_) {
    Analysis& known = analyses_[name];
    known.promise = std::max(known.promise, theirs.promise);
    for (const auto& [number, value] : theirs.numbers) known.numbers[number] = std::max(known.numbers[number], value);
  }
  join_suppressions(other);
}

void ReportDocument::join_suppressions(const ReportDocument& other) {
  for (const auto& [key, theirs] : other.suppressions_) {
    Suppression& known = suppressions_[key];
    known.reason = std::max(known.reason, theirs.reason);
    known.expired |= theirs.expired;
    for (const auto& [print, finding] : theirs.taken) {
      Json& taken = known.taken.try_emplace(print, finding).first->second;
      if (dumped(finding) < dumped(taken)) taken = finding;
    }
  }
}

bool ReportDocument::conclusive() const {
  return !recordings_.empty() && std::all_of(recordings_.begin(), recordings_.end(),
                                             [](const auto& recording) { return recording.second.conclusive(); });
}

ReportDocument::Json ReportDocument::json() const {
  Json document = {{"schema_version", report_schema_version}, {"tool", {{"name", "tenter"}, {"version", version_}}}};

  std::vector<const Recording*> recordings;
  for (const auto& [key, recording] : recordings_) recordings.push_back(&recording);
  const auto place = [](const Recording* recording) {
    return std::tuple(text_at(recording->told, "path"), text_at(recording->told, "id"));
  };
  std::sort(recordings.begin(), recordings.end(),
            [&](const Recording* a, const Recording* b) { return place(a) < place(b); });
  document["recordings"] = Json::array();
  for (const Recording* recording : recordings) {
    Json told = recording->told;
    if (!recording->shards.contains("1/1")) told["shards"] = recording->shards;
    told["analyses"] = Json::array();
    for (const std::string& name : analysis_order(recording->analyses)) {
      Json numbers = {{"name", name}};
      for (const char* number : analysis_numbers) numbers[number] = recording->analyses.at(name).at(number);
      told["analyses"].push_back(std::move(numbers));
    }
    document["recordings"].push_back(std::move(told));
  }

  std::vector<Json> findings;
  for (const auto& [print, entry] : findings_) {
    Json finding = entry.example;
    std::uint64_t total = 0;
    std::vector<std::tuple<std::string, std::string, std::uint64_t>> seen;
    for (const auto& [key, count] : entry.seen) {
      total = saturated_sum(total, count);
      const auto known = recordings_.find(key);
      if (known == recordings_.end()) seen.emplace_back(key, std::string(), count);
      else seen.emplace_back(text_at(known->second.told, "path"), text_at(known->second.told, "id"), count);
    }
    std::sort(seen.begin(), seen.end());
    finding["count"] = total;
    for (const auto& [path, id, count] : seen) {
      Json& paths = finding["recordings"];
      if (paths.empty() || paths.back() != path) paths.push_back(path);
      finding["seen"].push_back({{"recording", path}, {"id", id}, {"count", count}});
    }
    findings.push_back(std::move(finding));
  }
  std::sort(findings.begin(), findings.end(),
            [](const Json& a, const Json& b) { return finding_order(a) < finding_order(b); });
  Json list = Json::array();
  for (Json& finding : findings) list.push_back(std::move(finding));
  document["summary"] = summary_of(list);

  // Numbers of analyses are sums over the set of recordings where those tell them.
  std::map<std::string, std::map<std::string, std::uint64_t>> sums;
  for (const auto& [name, analysis] : analyses_) sums[name];
  for (const Recording* recording : recordings)
    for (const auto& [name, numbers] : recording->analyses)
      for (const auto& [number, value] : numbers) {
        std::uint64_t& sum = sums[name][number];
        sum = saturated_sum(sum, value);
      }
  document["analyses"] = Json::array();
  for (const std::string& name : analysis_order(sums)) {
    const auto known = analyses_.find(name);
    const auto& numbers = sums[name].empty() && known != analyses_.end() ? known->second.numbers : sums[name];
    Json one = {{"name", name}, {"promise", known != analyses_.end() ? known->second.promise : std::string()}};
    for (const char* number : analysis_numbers) one[number] = numbers.contains(number) ? numbers.at(number) : 0;
    document["analyses"].push_back(std::move(one));
  }
  document["findings"] = std::move(list);
  for (const auto& [key, suppression] : suppressions_) {
    const auto& [file, line, rule] = key;
    Json taken = Json::array();
    for (const auto& [print, finding] : suppression.taken) taken.push_back(finding);
    document["suppressions"].push_back({{"file", file},
                                        {"line", line},
                                        {"rule", rule},
                                        {"reason", suppression.reason},
                                        {"expired", suppression.expired},
                                        {"findings", std::move(taken)}});
  }
  return document;
}

}  // namespace tenter::analysis
