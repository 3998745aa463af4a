#include "lint/link.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <llvm/ADT/StringRef.h>

#include "lint/link_findings.h"
#include "lint/summary_export.h"

namespace tenter::lint {
namespace {

namespace json = llvm::json;

std::vector<std::string> words(const json::Object& told, llvm::StringRef key) {
  std::vector<std::string> found;
  if (const json::Array* array = told.getArray(key))
    for (const json::Value& each : *array)
      if (const auto word = each.getAsString()) found.push_back(word->str());
  return found;
}

constexpr std::size_t no_unit = ~std::size_t{0};

struct Function {
  json::Object told;  // as it is given to others, without what it needs itself
  std::vector<std::string> needs;
  std::size_t unit = 0;
  bool contradictory = false;
};
using Functions = std::map<std::string, Function>;

Functions functions_of(const std::vector<json::Object>& units) {
  Functions functions;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const json::Array* all = units[i].getArray("functions");
    if (all == nullptr) continue;
    for (const json::Value& each : *all) {
      const json::Object* told = each.getAsObject();
      const auto usr = told != nullptr ? told->getString("usr") : std::nullopt;
      if (!usr || usr->empty()) continue;
      Function function{{}, words(*told, "needs"), i, false};
      for (const auto& [key, value] : *told)
        if (key.str() != "needs") function.told[key.str()] = value;
      const auto [known, fresh] = functions.try_emplace(usr->str(), function);
      // Two bodies: of two programs, or against the rule that there is one. Which one is called is not known.
      if (!fresh && known->second.told != function.told) known->second.contradictory = true;
    }
  }
  std::erase_if(functions, [](const auto& each) { return each.second.contradictory; });
  return functions;
}

// A function that only calls others waits if one of them does, or if nobody knows.
void close_over_calls(Functions& functions) {
  const auto waits = [&](const std::string& usr) {
    const auto found = functions.find(usr);
    return found == functions.end() || found->second.told.getBoolean("waits").value_or(true);
  };
  // Those that need only each other wait for nothing: so all that wait are found from those that do.
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& [usr, function] : functions) {
      if (!function.told.getBoolean("plain").value_or(false) || function.told.getBoolean("waits").value_or(true))
        continue;
      if (std::none_of(function.needs.begin(), function.needs.end(), waits)) continue;
      function.told["waits"] = true;
      changed = true;
    }
  }
}

class Rounds {
 public:
  Rounds(const std::vector<json::Object>& units, const Functions& functions) : units_(units), functions_(functions) {
    for (const auto& [usr, function] : functions) prints_[usr] = print_of(function.told);
  }

  std::vector<std::string> run() {
    std::vector<std::size_t> stale;
    for (std::size_t i = 0; i < units_.size(); ++i)
      if (is_stale(i)) stale.push_back(i);
    // A function is not settled while its unit has yet to hear of one that it calls, or that one is not settled.
    std::set<std::string> unsettled;
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [usr, function] : functions_) {
        if (unsettled.contains(usr) || function.unit == no_unit) continue;
        for (const std::string& need : function.needs)
          if (unsettled.contains(need) || differs(function.unit, need, is_plain(function))) {
            changed |= unsettled.insert(usr).second;
            break;
          }
      }
    }
    std::vector<std::string> ready, all;
    for (const std::size_t i : stale) {
      const std::string unit = units_[i].getString("unit").value_or("").str();
      all.push_back(unit);
      bool settled = true;
      for (const char* key : {"wants", "asks"})
        for (const std::string& usr : words(units_[i], key)) settled &= !unsettled.contains(usr);
      if (settled) ready.push_back(unit);
    }
    return ready.empty() ? all : ready;  // units in a circle go on together
  }

 private:
  static bool is_plain(const Function& function) { return function.told.getBoolean("plain").value_or(false); }

  // Does the unit know something else of the function than what is told now? Whoever only calls needs not be read again for
  // a function that does nothing: the link step knows what comes of it.
  bool differs(std::size_t unit, const std::string& usr, bool only_calls) const {
    const json::Object* given = units_[unit].getObject("given");
    const auto before = given != nullptr ? given->getString(usr) : std::nullopt;
    const auto now = functions_.find(usr);
    if (now == functions_.end()) return before.has_value();
    if (only_calls && !before && is_plain(now->second)) return false;
    return !before || *before != prints_.at(usr);
  }
  bool is_stale(std::size_t unit) const {
    for (const std::string& usr : words(units_[unit], "wants"))
      if (differs(unit, usr, false)) return true;
    for (const std::string& usr : words(units_[unit], "asks"))
      if (differs(unit, usr, true)) return true;
    return false;
  }

  const std::vector<json::Object>& units_;
  const Functions& functions_;
  std::map<std::string, std::string> prints_;
};

}  // namespace

Linked link_units(const std::vector<json::Object>& units, const std::vector<json::Object>& given,
                  const Selection& selection, bool whole_program) {
  Functions functions = functions_of(units);
  for (auto& [usr, function] : functions_of(given)) {
    function.unit = no_unit;
    functions.try_emplace(usr, std::move(function));
  }
  close_over_calls(functions);
  Linked linked;
  linked.again = Rounds(units, functions).run();
  std::sort(linked.again.begin(), linked.again.end());
  json::Array all;
  for (const auto& [usr, function] : functions) all.push_back(json::Object(function.told));
  std::map<std::string, json::Object> orders;
  for (const json::Object& unit : units)
    if (const json::Array* told = unit.getArray("orders"))
      for (const json::Value& each : *told)
        if (const json::Object* order = each.getAsObject()) orders.emplace(summary_text(*order), *order);
  json::Array all_orders;
  for (auto& [key, order] : orders) all_orders.push_back(std::move(order));
  linked.program =
      json::Object{{"schema", summary_schema}, {"functions", std::move(all)}, {"orders", std::move(all_orders)}};
  linked.findings = program_findings(units, selection, whole_program);
  return linked;
}

}  // namespace tenter::lint
