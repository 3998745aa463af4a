#include "json.h"

#include <nlohmann/json.hpp>

namespace importer {
namespace {

using Json = nlohmann::ordered_json;

// A cell may hold anything, and a database's message may repeat it: what is no UTF-8 is replaced.
std::string text_of(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const Statistics& statistics) {
  Json report = {
      {"total", statistics.total},
      {"success", statistics.success},
      {"errors", statistics.error_count},
      {"duration_seconds", std::chrono::duration<double>(statistics.duration).count()},
      {"records_per_second", statistics.records_per_second()},
      {"row_errors", Json::array()},
  };
  for (const RowError& error : statistics.row_errors) {
    report["row_errors"].push_back({{"row", error.row}, {"why", error.why}});
  }
  return text_of(report, 2);
}

std::string error_json(const std::string& sentence) { return text_of({{"error", sentence}}, -1); }

}  // namespace importer
