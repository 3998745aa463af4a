#include "lint/model.h"

#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <llvm/ADT/StringMap.h>

namespace tenter::lint {
namespace {

using namespace clang;

const llvm::StringMap<Role>& roles_by_annotation() {
  static const llvm::StringMap<Role> roles = {{"make", Role::make},         {"send", Role::send},
                                              {"try-send", Role::try_send}, {"recv", Role::recv},
                                              {"try-recv", Role::try_recv}, {"close", Role::close},
                                              {"range", Role::range},       {"query", Role::query},
                                              {"alias", Role::alias},       {"go", Role::go},
                                              {"wg-go", Role::wg_go},       {"call", Role::call},
                                              {"run", Role::run},           {"once", Role::once},
                                              {"select", Role::select},     {"on-recv", Role::on_recv},
                                              {"on-send", Role::on_send},   {"otherwise", Role::otherwise},
                                              {"lock", Role::lock},         {"try-lock", Role::try_lock},
                                              {"unlock", Role::unlock},     {"lock-shared", Role::lock_shared},
                                              {"wg-add", Role::wg_add},     {"unlock-shared", Role::unlock_shared},
                                              {"wg-done", Role::wg_done},   {"wg-wait", Role::wg_wait},
                                              {"wait", Role::wait},         {"signal", Role::signal},
                                              {"pause", Role::pause},       {"sleep", Role::sleep},
                                              {"cancel", Role::cancel}};
  return roles;
}

// The standard library's own, as far as the checks understand them. Functions of std that may wait are `wait`; all
// others only compute, as far as tasks can tell.
const llvm::StringMap<Role>& roles_by_name() {
  static const llvm::StringMap<Role> roles = {{"std::mutex::lock", Role::lock},
                                              {"std::mutex::unlock", Role::unlock},
                                              {"std::mutex::try_lock", Role::try_lock},
                                              {"std::shared_mutex::lock", Role::lock},
                                              {"std::shared_mutex::unlock", Role::unlock},
                                              {"std::shared_mutex::try_lock", Role::try_lock},
                                              {"std::shared_mutex::lock_shared", Role::lock_shared},
                                              {"std::shared_mutex::unlock_shared", Role::unlock_shared},
                                              {"std::unique_lock::lock", Role::lock},
                                              {"std::unique_lock::unlock", Role::unlock},
                                              {"std::unique_lock::try_lock", Role::try_lock},
                                              {"std::shared_lock::lock", Role::lock_shared},
                                              {"std::shared_lock::unlock", Role::unlock_shared},
                                              {"std::thread::join", Role::wait},
                                              {"std::jthread::join", Role::wait},
                                              {"std::thread::detach", Role::detach},
                                              {"std::jthread::detach", Role::detach},
                                              {"std::async", Role::go},
                                              {"std::this_thread::yield", Role::pause},
                                              {"std::this_thread::sleep_for", Role::sleep},
                                              {"std::this_thread::sleep_until", Role::sleep}};
  return roles;
}

// Classes of std with which one thread may wait for another, or hear from it.
bool synchronizes(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases("thread", "jthread", "future", "shared_future", "promise", "packaged_task", "latch", "barrier", true)
      .Cases("counting_semaphore", "condition_variable", "condition_variable_any", "atomic", "atomic_flag", true)
      .Cases("__basic_future", "__atomic_base", "stop_token", "stop_source", "stop_callback", true)
      .Cases("recursive_mutex", "timed_mutex", "recursive_timed_mutex", "shared_timed_mutex", "once_flag", true)
      .Default(false);
}

const FunctionDecl* pattern_of(const FunctionDecl& function) {
  if (const FunctionDecl* pattern = function.getTemplateInstantiationPattern()) return pattern;
  return nullptr;
}

void append_annotations(const Decl& declaration, std::vector<std::string>& to) {
  for (const Decl* each : declaration.redecls())
    for (const auto* attribute : each->specific_attrs<AnnotateAttr>()) {
      llvm::StringRef text = attribute->getAnnotation();
      if (text.consume_front("tenter:")) to.push_back(text.str());
    }
}

}  // namespace

bool is_standard(const Decl& declaration) {
  for (const DeclContext* around = declaration.getDeclContext(); around != nullptr; around = around->getParent())
    if (around->isStdNamespace()) return true;
  return false;
}

std::vector<std::string> annotations(const Decl& declaration) {
  std::vector<std::string> found;
  append_annotations(declaration, found);
  if (const auto* function = dyn_cast<FunctionDecl>(&declaration)) {
    if (const FunctionDecl* pattern = pattern_of(*function)) append_annotations(*pattern, found);
  } else if (const auto* record = dyn_cast<CXXRecordDecl>(&declaration)) {
    if (const auto* specialization = dyn_cast<ClassTemplateSpecializationDecl>(record))
      append_annotations(*specialization->getSpecializedTemplate()->getTemplatedDecl(), found);
  } else if (const auto* parameter = dyn_cast<ParmVarDecl>(&declaration)) {
    // Any declaration of the function may tell, and the template that it was made from.
    const auto* owner = dyn_cast_or_null<FunctionDecl>(parameter->getDeclContext());
    const unsigned index = parameter->getFunctionScopeIndex();
    const auto look_at = [&](const FunctionDecl& other) {
      for (const FunctionDecl* each : other.redecls())
        if (index < each->getNumParams() && each->getParamDecl(index) != parameter)
          append_annotations(*each->getParamDecl(index), found);
    };
    if (owner != nullptr) {
      look_at(*owner);
      if (const FunctionDecl* pattern = pattern_of(*owner)) look_at(*pattern);
    }
  }
  return found;
}

Role Model::role(const FunctionDecl& function) const {
  const FunctionDecl* key = function.getCanonicalDecl();
  if (const auto known = roles_.find(key); known != roles_.end()) return known->second;
  Role role = Role::none;
  for (const std::string& word : annotations(function))
    if (const auto told = roles_by_annotation().find(word); told != roles_by_annotation().end()) role = told->second;
  if (role == Role::none && is_standard(function)) {
    const auto* method = dyn_cast<CXXMethodDecl>(&function);
    // Of a class template the name alone: std::unique_lock<...>::lock is std::unique_lock::lock.
    const std::string name = method != nullptr && function.getIdentifier() != nullptr
                                 ? ("std::" + method->getParent()->getName() + "::" + function.getName()).str()
                                 : function.getQualifiedNameAsString();
    if (const auto named = roles_by_name().find(name); named != roles_by_name().end()) role = named->second;
    else if (method != nullptr && synchronizes(method->getParent()->getName()))
      role =
          function.getIdentifier() != nullptr && function.getName().starts_with("notify") ? Role::signal : Role::wait;
  }
  roles_[key] = role;
  return role;
}

Kind Model::kind(QualType type) const {
  if (type.isNull()) return Kind::other;
  const CXXRecordDecl* record = type.getNonReferenceType()->getAsCXXRecordDecl();
  if (record == nullptr) return Kind::other;
  record = record->getCanonicalDecl();
  if (const auto known = kinds_.find(record); known != kinds_.end()) return known->second;
  Kind kind = Kind::other;
  for (const std::string& word : annotations(*record)) {
    if (word == "channel") kind = Kind::channel;
    if (word == "mutex") kind = Kind::mutex;
    if (word == "wait-group") kind = Kind::wait_group;
  }
  if (is_standard(*record) && record->getIdentifier() != nullptr) {
    const llvm::StringRef name = record->getName();
    if (name == "mutex" || name == "shared_mutex") kind = Kind::mutex;
    else if (name == "lock_guard" || name == "unique_lock" || name == "shared_lock" || name == "scoped_lock")
      kind = Kind::guard;
    else if (name == "thread") kind = Kind::thread;
    else if (name == "jthread") kind = Kind::joining_thread;
  }
  kinds_[record] = kind;
  return kind;
}

Contract Model::contract(const ParmVarDecl& parameter) const {
  Contract contract;
  for (const std::string& word : annotations(parameter)) {
    if (word == "closes") contract.closes = true;
    if (word == "owns-close") contract.owns_close = true;
    if (word == "sends") contract.sends = true;
    if (word == "receives") contract.receives = true;
  }
  return contract;
}

bool Model::allows(const Decl& declaration, llvm::StringRef check) const {
  for (const std::string& word : annotations(declaration)) {
    llvm::StringRef id = word;
    if (id.consume_front("allow:") && (id == check || id == "*")) return true;
  }
  return false;
}

}  // namespace tenter::lint
