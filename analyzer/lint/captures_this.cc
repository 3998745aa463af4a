// Tasks that a method starts and that use its object. Where the object is a variable of whoever calls the method, and
// ends with nothing waited for, the task outlives it. A class that starts such tasks and has no part that could wait for
// them when it ends is only possibly wrong: its objects may live as long as the program.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>

#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

const CXXDestructorDecl* own_destructor(const CXXRecordDecl& record) {
  const CXXDestructorDecl* destructor = record.getDestructor();
  return destructor != nullptr && destructor->isUserProvided() ? destructor : nullptr;
}

// The class of the method that the function is, or that the lambda is in.
const CXXRecordDecl* class_of(const FunctionDecl& function) {
  const auto* method = dyn_cast<CXXMethodDecl>(&function);
  return method != nullptr && method->isInstance() && !method->getParent()->isLambda() ? method->getParent() : nullptr;
}

bool shares_ownership(QualType type) {
  const CXXRecordDecl* record = type.getNonReferenceType()->getAsCXXRecordDecl();
  return record != nullptr && is_standard(*record) && record->getIdentifier() != nullptr &&
         record->getName() == "shared_ptr";
}

}  // namespace

bool mentions_waiting_type(QualType type, const Model& model, unsigned depth) {
  const CXXRecordDecl* record = type.isNull() ? nullptr : type->getAsCXXRecordDecl();
  if (record == nullptr || depth > 4) return false;
  if (is_standard(*record)) {
    if (record->getIdentifier() != nullptr)
      for (const char* name : {"jthread", "future", "shared_future"})
        if (record->getName() == name) return true;
    if (const auto* specialization = dyn_cast<ClassTemplateSpecializationDecl>(record))
      for (const TemplateArgument& argument : specialization->getTemplateArgs().asArray())
        if (argument.getKind() == TemplateArgument::Type &&
            mentions_waiting_type(argument.getAsType(), model, depth + 1))
          return true;
    return false;
  }
  if (model.kind(type) != Kind::other) return false;
  if (!record->hasDefinition()) return true;
  if (const CXXDestructorDecl* destructor = own_destructor(*record)) {
    // Library classes and those that free memory do not wait; who knows of others.
    return model.role(*destructor) == Role::wait || !record->getQualifiedNameAsString().starts_with("tenter::");
  }
  for (const FieldDecl* field : record->getDefinition()->fields())
    if (mentions_waiting_type(field->getType(), model, depth + 1)) return true;
  for (const CXXBaseSpecifier& base : record->getDefinition()->bases())
    if (mentions_waiting_type(base.getType(), model, depth + 1)) return true;
  return false;
}

// Do the tasks of an object of the class go on after its destructor? Where that is not in sight: no.
bool Simulation::keeps_tasks(const CXXRecordDecl& record) const {
  const QualType type = unit_.context().getRecordType(&record);
  if (is_standard(record) || unit_.model().kind(type) != Kind::other)
    return !mentions_waiting_type(type, unit_.model());
  const CXXDestructorDecl* destructor = own_destructor(record);
  const Summary* summary = destructor != nullptr ? unit_.summary_of(*destructor) : nullptr;
  if (summary == nullptr || summary->syncs) return !mentions_waiting_type(type, unit_.model());
  for (const FieldDecl* field : record.getDefinition()->fields())
    if (mentions_waiting_type(field->getType(), unit_.model(), 1)) return false;
  for (const CXXBaseSpecifier& base : record.getDefinition()->bases())
    if (mentions_waiting_type(base.getType(), unit_.model(), 1)) return false;
  return true;
}

bool Simulation::refers_to_this(const Callable& callee) const {
  if (callee.lambda == nullptr) {
    // go(&Server::serve, this)
    return callee.object != nullptr && isa_and_nonnull<CXXThisExpr>(plain(callee.object));
  }
  bool refers = false;
  for (const LambdaCapture& capture : callee.lambda->captures()) {
    if (capture.getCaptureKind() == LCK_This) refers = true;
    // What keeps the object alive, by all likelihood.
    if (capture.capturesVariable() && shares_ownership(capture.getCapturedVar()->getType())) return false;
  }
  return refers;
}

// A function was called that has started a task which refers to the object of the call.
void Simulation::see_object(const Callable& callee, Spawn& spawned) {
  if (callee.lambda != nullptr || callee.object == nullptr) return;
  const auto* expression = plain(callee.object);
  if (isa<CXXThisExpr>(expression)) {
    spawned.refers_to_this = true;
    return;
  }
  const auto* reference = dyn_cast<DeclRefExpr>(expression);
  const auto* variable = reference != nullptr ? dyn_cast<VarDecl>(reference->getDecl()) : nullptr;
  if (variable != nullptr && variable->hasLocalStorage() && variable->getType()->isRecordType() &&
      variable->getDeclContext() == &function_ && unit_.model().kind(variable->getType()) == Kind::other)
    spawned.inside_of.push_back(variable->getCanonicalDecl());
}

// `Server server;` whose constructor starts a task.
void Simulation::start_tasks_of(const CXXConstructExpr& construction, Disjunct& d) {
  const CXXConstructorDecl* constructor = construction.getConstructor();
  const auto* declaration = dyn_cast_or_null<DeclStmt>(body_.user_of(&construction));
  if (declaration == nullptr || !declaration->isSingleDecl() || is_standard(*constructor)) return;
  const auto* variable = dyn_cast<VarDecl>(declaration->getSingleDecl());
  if (variable == nullptr || !variable->hasLocalStorage() || !variable->getType()->isRecordType()) return;
  const Summary* summary = unit_.summary_of(*constructor);
  if (summary == nullptr || summary->syncs) return;
  for (const TaskEffects& task : summary->tasks) {
    if (!task.refers_to_this) continue;
    SpawnId id = 0;
    while (id < spawns_.size() && spawns_[id].at != &construction) ++id;
    if (id == spawns_.size()) {
      Spawn spawned;
      spawned.at = &construction;
      spawned.inside_of.push_back(variable->getCanonicalDecl());
      spawns_.push_back(std::move(spawned));
    }
    start(id, d);
  }
}

void Simulation::see_objects_of_tasks(const Stmt* at, const Disjunct& d) {
  const CXXRecordDecl* record = class_of(function_);
  if (record == nullptr || own_destructor(*record) != nullptr) return;
  if (mentions_waiting_type(unit_.context().getRecordType(record), unit_.model())) return;
  for (const SpawnId task : d.pending)
    if (spawns_[task].refers_to_this)
      meet(Check::captures_this, spawns_[task].at, some_object, true, at, nullptr, true);
}

}  // namespace tenter::lint
