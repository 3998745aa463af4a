#include "lint/summary_import.h"

#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/Basic/FileManager.h>
#include <llvm/Support/MemoryBuffer.h>

#include "lint/effect_members.h"
#include "lint/lasting_name.h"
#include "lint/summary_export.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;
namespace json = llvm::json;

// The objects of an array; whatever else stands in it is passed over.
std::vector<const json::Object*> objects(const json::Object& told, llvm::StringRef key) {
  std::vector<const json::Object*> found;
  if (const json::Array* array = told.getArray(key))
    for (const json::Value& each : *array)
      if (const json::Object* object = each.getAsObject()) found.push_back(object);
  return found;
}

std::string word(const json::Object& told, llvm::StringRef key) {
  return told.getString(key).value_or(llvm::StringRef()).str();
}

bool flag(const json::Object& told, llvm::StringRef key) { return told.getBoolean(key).value_or(false); }

// What a handle of the type leads to: through references, pointers and smart pointers.
const CXXRecordDecl* record_behind(QualType type) {
  for (int depth = 0; depth < 4 && !type.isNull(); ++depth) {
    type = type.getNonReferenceType();
    if (type->isPointerType()) {
      type = type->getPointeeType();
      continue;
    }
    const CXXRecordDecl* record = type->getAsCXXRecordDecl();
    const auto* specialization = dyn_cast_or_null<ClassTemplateSpecializationDecl>(record);
    const bool smart = specialization != nullptr && is_standard(*specialization) &&
                       (specialization->getName() == "unique_ptr" || specialization->getName() == "shared_ptr");
    if (!smart) return record != nullptr ? record->getDefinition() : nullptr;
    type = specialization->getTemplateArgs()[0].getAsType();
  }
  return nullptr;
}

const FieldDecl* field_named(const CXXRecordDecl& record, llvm::StringRef lasting) {
  for (const FieldDecl* field : record.fields())
    if (lasting_name(*field) == lasting) return field;
  for (const CXXBaseSpecifier& base : record.bases())
    if (const CXXRecordDecl* below = record_behind(base.getType()))
      if (const FieldDecl* found = field_named(*below, lasting)) return found;
  return nullptr;
}

}  // namespace

FarOrder far_order(const json::Object& told) {
  FarOrder order{.held = {word(told, "held"), word(told, "held_name")},
                 .wanted = {word(told, "wanted"), word(told, "wanted_name")},
                 .held_shared = flag(told, "held_shared"),
                 .wanted_shared = flag(told, "wanted_shared"),
                 .gates = {},
                 .held_at = word(told, "held_at"),
                 .wanted_at = word(told, "wanted_at"),
                 .inside = word(told, "inside"),
                 .function = word(told, "function")};
  if (const json::Array* gates = told.getArray("gates"))
    for (const json::Value& gate : *gates)
      if (const auto id = gate.getAsString()) order.gates.push_back(id->str());
  return order;
}

json::Object read_summary(const std::string& path, std::string& problem) {
  const auto text = llvm::MemoryBuffer::getFile(path);
  if (!text) {
    problem = path + " cannot be read: " + text.getError().message();
    return {};
  }
  llvm::Expected<json::Value> document = json::parse((*text)->getBuffer());
  if (!document) {
    llvm::consumeError(document.takeError());
    problem = path + " is no summary of `tenter lint`, or was cut short; write it again with --summaries-out";
    return {};
  }
  json::Object* whole = document->getAsObject();
  const auto schema = whole != nullptr ? whole->getInteger("schema") : std::nullopt;
  if (!schema || whole->getArray("functions") == nullptr) {
    problem = path + " is no summary of `tenter lint`; write one with --summaries-out";
    return {};
  }
  if (*schema != summary_schema) {
    problem = path + " has summaries of schema " + std::to_string(*schema) + ", and this Tenterhook reads schema " +
              std::to_string(summary_schema) + "; write it again with --summaries-out";
    return {};
  }
  return std::move(*whole);
}

std::string Imports::add(const std::string& path) {
  std::string problem;
  json::Object document = read_summary(path, problem);
  if (!problem.empty()) return problem;
  for (const json::Object* told : objects(document, "functions")) {
    const std::string usr = word(*told, "usr");
    if (usr.empty() || contradictory_.contains(usr)) continue;
    const auto [known, fresh] = functions_.try_emplace(usr, *told);
    if (fresh || known->second == *told) continue;
    functions_.erase(known);
    contradictory_[usr] = true;
  }
  for (const json::Object* told : objects(document, "orders")) {
    FarOrder order = far_order(*told);
    if (!order.held.id.empty() && !order.wanted.id.empty()) orders_.push_back(std::move(order));
  }
  return {};
}

const json::Object* Imports::function(llvm::StringRef usr) const {
  const auto found = functions_.find(usr);
  return found != functions_.end() ? &found->second : nullptr;
}

const Stmt* Importer::far_statement(llvm::StringRef text) {
  const auto [known, fresh] = statements_.try_emplace(text.str(), nullptr);
  if (!fresh) return known->second;
  const FilePlace place = file_place(text);
  if (place.line == 0) return nullptr;
  SourceManager& sources = unit_.context().getSourceManager();
  SourceLocation where;
  if (auto file = sources.getFileManager().getFileRef(place.file))
    where = sources.translateLineCol(sources.getOrCreateFileID(*file, SrcMgr::C_User), place.line, place.column);
  else llvm::consumeError(file.takeError());
  if (where.isInvalid()) return nullptr;
  return known->second = new (unit_.context()) NullStmt(where);
}

const VarDecl* Importer::variable(llvm::StringRef name, llvm::StringRef lasting) const {
  const DeclContext* scope = unit_.context().getTranslationUnitDecl();
  while (scope != nullptr) {
    const auto [first, rest] = name.split("::");
    const DeclContext* inner = nullptr;
    for (const NamedDecl* each : scope->lookup(&unit_.context().Idents.get(first))) {
      if (const auto* found = dyn_cast<VarDecl>(each); found && rest.empty() && lasting_name(*found) == lasting)
        return found->getCanonicalDecl();
      if (const auto* record = dyn_cast<RecordDecl>(each)) inner = record->getDefinition();
      else if (const auto* space = dyn_cast<NamespaceDecl>(each)) inner = space;
    }
    if (rest.empty()) return nullptr;
    scope = inner;
    name = rest;
  }
  return nullptr;
}

std::optional<PlaceId> Importer::place(const json::Object& told, const FunctionDecl& function) {
  Place place;
  const CXXRecordDecl* record = nullptr;
  if (const auto index = told.getInteger("parameter")) {
    if (*index < 0 || *index >= static_cast<std::int64_t>(function.getNumParams())) return std::nullopt;
    place.root = function.getParamDecl(static_cast<unsigned>(*index));
    record = record_behind(place.root->getType());
  } else if (flag(told, "this")) {
    const auto* method = dyn_cast<CXXMethodDecl>(&function);
    if (method == nullptr || method->isStatic()) return std::nullopt;
    record = method->getParent()->getDefinition();
  } else {
    place.root = variable(word(told, "name"), word(told, "variable"));
    if (place.root == nullptr) return std::nullopt;
    record = record_behind(place.root->getType());
  }
  if (const json::Array* fields = told.getArray("fields"))
    for (const json::Value& each : *fields) {
      const auto lasting = each.getAsString();
      const FieldDecl* field = lasting && record != nullptr ? field_named(*record, *lasting) : nullptr;
      if (field == nullptr) return std::nullopt;
      place.path.push_back(field);
      record = record_behind(field->getType());
    }
  return unit_.places().id(place);
}

std::vector<PlaceEffect> Importer::effects(const json::Object& told, const FunctionDecl& function) {
  std::vector<PlaceEffect> all;
  for (const json::Object* each : objects(told, "effects")) {
    const auto where = place(*each, function);
    if (!where) continue;
    Effect effect;
    if (const json::Array* does = each->getArray("does"))
      for (const json::Value& one : *does)
        for (const auto& [name, member] : effect_flags)
          if (one.getAsString() == llvm::StringRef(name)) effect.*member = true;
    for (const auto& [name, member] : effect_places)
      if (const auto text = each->getString(name)) effect.*member = far_statement(*text);
    all.push_back({*where, effect});
  }
  return all;
}

std::unique_ptr<Summary> Importer::summary_of(const FunctionDecl& function) {
  const json::Object* told = imports_.function(lasting_name(function));
  if (told == nullptr) return nullptr;
  auto summary = std::make_unique<Summary>();
  summary->plain = flag(*told, "plain");
  summary->syncs = told->getBoolean("waits").value_or(true);
  summary->effects = effects(*told, function);
  for (const json::Object* each : objects(*told, "tasks")) {
    const auto at = each->getString("at");
    TaskEffects task{.started_at = at ? far_statement(*at) : nullptr, .effects = effects(*each, function)};
    if (!task.effects.empty()) summary->tasks.push_back(std::move(task));
  }
  for (const json::Object* each : objects(*told, "reassigned"))
    if (const auto where = place(*each, function)) summary->reassigned.push_back(*where);
  if (const json::Object* returns = told->getObject("returns")) {
    const auto index = returns->getInteger("parameter");
    if (index && *index >= 0) summary->returns_parameter = static_cast<unsigned>(*index);
    summary->returns_made = flag(*returns, "made");
  }
  for (const json::Object* each : objects(*told, "acquires")) {
    const LockName lock{word(*each, "lock"), word(*each, "name")};
    if (lock.id.empty()) continue;
    summary->acquired.push_back({unit_.add_lock(lock), flag(*each, "shared"), far_statement(word(*each, "at"))});
  }
  return summary;
}

}  // namespace tenter::lint
