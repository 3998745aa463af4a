// Reading fields of a report in JSON. A report may come from a file that anybody wrote, so what is missing, or of another
// type than docs/report-schema.json says, reads as empty. Pure functions: any thread may call them.
//
//   for (const auto& finding : list_at(document, "findings")) kinds.insert(text_at(finding, "kind"));
#pragma once
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

namespace tenter::analysis {

std::string text_at(const nlohmann::ordered_json& object, const char* key);
std::uint64_t number_at(const nlohmann::ordered_json& object, const char* key);
// False where there is none.
bool truth_at(const nlohmann::ordered_json& object, const char* key);
// An empty list where there is none.
const nlohmann::ordered_json& list_at(const nlohmann::ordered_json& object, const char* key);
// An empty object where there is none.
const nlohmann::ordered_json& object_at(const nlohmann::ordered_json& object, const char* key);

}  // namespace tenter::analysis
