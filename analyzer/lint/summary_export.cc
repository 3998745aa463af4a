#include "lint/summary_export.h"

#include <map>
#include <set>

#include <clang/AST/DeclCXX.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Support/xxhash.h>

#include "lint/census.h"
#include "lint/effect_members.h"
#include "lint/lasting_name.h"
#include "lint/simulation.h"
#include "lint/summary_import.h"

namespace tenter::lint {
namespace {

using namespace clang;
namespace json = llvm::json;

class Export {
 public:
  explicit Export(Unit& unit) : unit_(unit), sources_(unit.context().getSourceManager()) {}

  json::Object run() {
    std::map<std::string, json::Object> functions;
    std::set<std::string> wants, asks, contradictory;
    for (const FunctionDecl* function : unit_.functions()) {
      const Summary* summary = unit_.summary_of(*function);
      if (summary == nullptr) continue;
      for (const FunctionDecl* each : summary->unseen) (summary->plain ? asks : wants).insert(lasting_name(*each));
      if (!is_for_others(*function, *summary)) continue;
      json::Object told = function_told(*function, *summary);
      const std::string usr = told.getString("usr")->str();
      const auto [known, fresh] = functions.try_emplace(usr, told);
      if (!fresh && known->second != told) contradictory.insert(usr);
    }
    for (const std::string& usr : contradictory) functions.erase(usr);
    json::Array all;
    for (auto& [usr, told] : functions) all.push_back(std::move(told));
    json::Object given;
    if (unit_.imports() != nullptr)
      for (const std::set<std::string>* names : {&wants, &asks})
        for (const std::string& usr : *names)
          if (const json::Object* function = unit_.imports()->function(usr)) given[usr] = print_of(*function);
    return json::Object{{"schema", summary_schema}, {"unit", main_file(sources_)}, {"functions", std::move(all)},
                        {"wants", list(wants)},     {"asks", list(asks)},          {"given", std::move(given)},
                        {"fields", census(unit_)},  {"orders", orders()}};
  }

 private:
  static json::Array list(const std::set<std::string>& names) {
    json::Array array;
    for (const std::string& name : names)
      if (!name.empty()) array.push_back(name);
    return array;
  }

  // Others can call it, do not see it themselves in a header, or cannot see all that it calls.
  bool is_for_others(const FunctionDecl& function, const Summary& summary) const {
    const auto* method = dyn_cast<CXXMethodDecl>(&function);
    if (method != nullptr && (method->getParent()->isLambda() || isa<CXXConstructorDecl, CXXDestructorDecl>(method)))
      return false;
    if (!function.isExternallyVisible() || function.isMain() || unit_.model().role(function) != Role::none)
      return false;
    return sources_.isInMainFile(sources_.getFileLoc(function.getLocation())) || summary.tells();
  }

  std::string place_of(const Stmt* statement) const { return lasting_place(sources_, start_of(statement)); }

  // False: nobody else can name it.
  bool name_place(PlaceId id, const FunctionDecl& function, json::Object& told) const {
    const Place& place = unit_.places().place(id);
    if (place.root == nullptr) {
      told["this"] = true;
    } else if (const auto* parameter = dyn_cast<ParmVarDecl>(place.root)) {
      if (parameter->getDeclContext() != &function) return false;
      told["parameter"] = parameter->getFunctionScopeIndex();
    } else {
      const auto* variable = dyn_cast<VarDecl>(place.root);
      if (variable == nullptr || !variable->hasGlobalStorage() || !variable->isExternallyVisible()) return false;
      told["variable"] = lasting_name(*variable);
      told["name"] = variable->getQualifiedNameAsString();
    }
    json::Array fields;
    for (const FieldDecl* field : place.path) fields.push_back(lasting_name(*field));
    if (!fields.empty()) told["fields"] = std::move(fields);
    return true;
  }

  json::Array effects_told(const std::vector<PlaceEffect>& effects, const FunctionDecl& function) const {
    std::map<std::string, json::Object> sorted;
    for (const PlaceEffect& each : effects) {
      json::Object told;
      if (!name_place(each.place, function, told)) continue;
      std::string name;
      llvm::raw_string_ostream(name) << json::Value(json::Object(told));
      json::Array does;
      for (const auto& [word, flag] : effect_flags)
        if (each.effect.*flag) does.push_back(word);
      told["does"] = std::move(does);
      for (const auto& [word, where] : effect_places)
        if (const Stmt* statement = each.effect.*where) told[word] = place_of(statement);
      sorted.emplace(std::move(name), std::move(told));
    }
    json::Array all;
    for (auto& [name, told] : sorted) all.push_back(std::move(told));
    return all;
  }

  json::Object function_told(const FunctionDecl& function, const Summary& summary) const {
    json::Object told{{"usr", lasting_name(function)},
                      {"name", function.getQualifiedNameAsString()},
                      {"at", lasting_place(sources_, function.getLocation())}};
    std::set<std::string> needs;
    for (const FunctionDecl* each : summary.unseen) needs.insert(lasting_name(*each));
    if (!needs.empty()) told["needs"] = list(needs);
    if (summary.plain) {
      told["plain"] = true;
      told["waits"] = summary.waits_itself;
      return told;
    }
    told["waits"] = summary.syncs;
    if (json::Array effects = effects_told(summary.effects, function); !effects.empty())
      told["effects"] = std::move(effects);
    json::Array tasks;
    for (const TaskEffects& task : summary.tasks) {
      json::Object one{{"effects", effects_told(task.effects, function)}};
      if (task.started_at != nullptr) one["at"] = place_of(task.started_at);
      tasks.push_back(std::move(one));
    }
    if (!tasks.empty()) told["tasks"] = std::move(tasks);
    json::Array reassigned;
    for (const PlaceId place : summary.reassigned) {
      json::Object one;
      if (name_place(place, function, one)) reassigned.push_back(std::move(one));
    }
    if (!reassigned.empty()) told["reassigned"] = std::move(reassigned);
    if (summary.returns_parameter) told["returns"] = json::Object{{"parameter", *summary.returns_parameter}};
    else if (summary.returns_made) told["returns"] = json::Object{{"made", true}};
    std::map<std::string, json::Object> acquired;
    for (const Acquisition& each : summary.acquired) {
      const LockName& lock = unit_.lock_name(each.lock);
      acquired.emplace(
          lock.id,
          json::Object{{"lock", lock.id}, {"name", lock.name}, {"shared", each.shared}, {"at", place_of(each.at)}});
    }
    if (!acquired.empty()) {
      json::Array all;
      for (auto& [id, one] : acquired) all.push_back(std::move(one));
      told["acquires"] = std::move(all);
    }
    json::Object contracts;
    for (const ParmVarDecl* parameter : function.parameters()) {
      const Contract contract = unit_.model().contract(*parameter);
      if (!contract.given()) continue;
      json::Array words;
      if (contract.closes) words.push_back("closes");
      if (contract.owns_close) words.push_back("owns-close");
      if (contract.receives) words.push_back("receives");
      if (contract.sends) words.push_back("sends");
      contracts[std::to_string(parameter->getFunctionScopeIndex())] = std::move(words);
    }
    if (!contracts.empty()) told["contracts"] = std::move(contracts);
    return told;
  }

  json::Array orders() const {
    std::map<std::string, json::Object> sorted;
    for (const LockOrder& order : unit_.orders()) {
      const LockName& held = unit_.lock_name(order.edge.held);
      const LockName& wanted = unit_.lock_name(order.edge.wanted);
      std::set<std::string> gates;
      for (const LockId gate : order.edge.gates) gates.insert(unit_.lock_name(gate).id);
      json::Object told{{"held", held.id},
                        {"held_name", held.name},
                        {"held_at", order.held_at != nullptr ? place_of(order.held_at) : std::string()},
                        {"held_shared", order.edge.held_shared},
                        {"wanted", wanted.id},
                        {"wanted_name", wanted.name},
                        {"wanted_at", place_of(order.wanted_at)},
                        {"wanted_shared", order.edge.wanted_shared},
                        {"function", order.function->getQualifiedNameAsString()}};
      if (order.inside != nullptr) told["inside"] = place_of(order.inside);
      if (!gates.empty()) told["gates"] = list(gates);
      std::string key;
      llvm::raw_string_ostream(key) << json::Value(json::Object(told));
      sorted.emplace(std::move(key), std::move(told));
    }
    json::Array all;
    for (auto& [key, told] : sorted) all.push_back(std::move(told));
    return all;
  }

  Unit& unit_;
  const SourceManager& sources_;
};

}  // namespace

json::Object exported(Unit& unit) { return Export(unit).run(); }

std::string summary_text(const json::Object& document) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  json::OStream out(stream, /*IndentSize=*/1);
  out.value(json::Value(json::Object(document)));
  stream << '\n';
  return text;
}

bool write_summary(const json::Object& document, const std::string& path) {
  // Whoever reads meanwhile sees the old file or the new one.
  llvm::Error failed = llvm::writeToOutput(path, [&](llvm::raw_ostream& stream) -> llvm::Error {
    stream << summary_text(document);
    return llvm::Error::success();
  });
  const bool written = !failed;
  llvm::consumeError(std::move(failed));
  return written;
}

std::string print_of(const json::Object& function) {
  std::string text;
  llvm::raw_string_ostream(text) << json::Value(json::Object(function));
  return llvm::utohexstr(llvm::xxh3_64bits(llvm::StringRef(text)), /*LowerCase=*/true);
}

}  // namespace tenter::lint
