#include "report/report_fields.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::ordered_json;

// find() on what is no object finds nothing.
const Json* field_of(const Json& object, const char* key) {
  const auto field = object.find(key);
  return field != object.end() ? &*field : nullptr;
}

}  // namespace

std::string text_at(const Json& object, const char* key) {
  const Json* field = field_of(object, key);
  return field != nullptr && field->is_string() ? field->get<std::string>() : std::string();
}

std::uint64_t number_at(const Json& object, const char* key) {
  const Json* field = field_of(object, key);
  return field != nullptr && field->is_number_unsigned() ? field->get<std::uint64_t>() : 0;
}

bool truth_at(const Json& object, const char* key) {
  const Json* field = field_of(object, key);
  return field != nullptr && field->is_boolean() && field->get<bool>();
}

const Json& list_at(const Json& object, const char* key) {
  static const Json empty = Json::array();
  const Json* field = field_of(object, key);
  return field != nullptr && field->is_array() ? *field : empty;
}

const Json& object_at(const Json& object, const char* key) {
  static const Json empty = Json::object();
  const Json* field = field_of(object, key);
  return field != nullptr && field->is_object() ? *field : empty;
}

}  // namespace tenter::analysis
