// Joining reports: an associative, commutative and idempotent operation, so that any grouping, order or repetition of
// the same reports gives the same bytes. Counts are kept per recording and never added to themselves.
//
//   Result<ReportDocument> a = read_report(text_a, "a.json"), b = read_report(text_b, "b.json");
//   a->join(*b);
//   std::cout << text_of(a->json());
//
// A report that `tenter check` wrote is already in the form that json() gives.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace tenter::analysis {

class ReportDocument {
 public:
  using Json = nlohmann::ordered_json;

  // A finding as some report showed it, without what depends on the set of recordings.
  struct Entry {
    Json example;
    std::map<std::string, std::uint64_t> seen;  // by recording key
  };

  // A recording as some report told of it. Shards and numbers of analyses are kept apart, because each report may
  // know another part of them.
  struct Recording {
    Json told;
    std::set<std::string> shards;                                          // "1/1": all of it
    std::map<std::string, std::map<std::string, std::uint64_t>> analyses;  // name, number
    bool conclusive() const;
  };

  // A rule of a suppression file, and the findings that it took out, by fingerprint.
  struct Suppression {
    std::string reason;
    bool expired = false;
    std::map<std::string, Json> taken;
  };
  using RuleKey = std::tuple<std::string, std::uint64_t, std::string>;  // file, line, rule

  void join(const ReportDocument& other);
  Json json() const;

  // True if every recording is conclusive, and there is at least one.
  bool conclusive() const;
  const std::map<std::string, Recording>& recordings() const { return recordings_; }
  const std::map<std::string, Entry>& findings() const { return findings_; }
  const std::map<RuleKey, Suppression>& suppressions() const { return suppressions_; }

 private:
  friend Result<ReportDocument> read_report(std::string_view, const std::string&);

  struct Analysis {
    std::string promise;
    std::map<std::string, std::uint64_t> numbers;  // used only where no recording tells its own
  };
  void join_recording(const std::string& key, const Recording& recording);
  void join_suppressions(const ReportDocument& other);

  std::string version_;
  std::map<std::string, Recording> recordings_;
  std::map<std::string, Entry> findings_;  // by fingerprint
  std::map<std::string, Analysis> analyses_;
  std::map<RuleKey, Suppression> suppressions_;
};

// `source` names the text in errors. Anything but a report of a schema that we know is an Error (exit code 3).
Result<ReportDocument> read_report(std::string_view text, const std::string& source);

// How many findings of each kind, in the order of reports.
nlohmann::ordered_json summary_of(const nlohmann::ordered_json& findings);

// What a text is read as. A baseline may be a report, too; a report is never a baseline.
enum class DocumentKind { report, baseline };

// JSON of limited depth, with a sentence where it is none.
Result<nlohmann::ordered_json> parse_json(std::string_view text, const std::string& source, DocumentKind wanted);
// Checks schema_version and tool: our documents only, and of that kind.
Result<bool> check_document(const nlohmann::ordered_json& document, const std::string& source, DocumentKind wanted);

bool is_fingerprint(const std::string& text);

}  // namespace tenter::analysis
