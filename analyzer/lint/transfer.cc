// What one element of the control flow changes.
#include <algorithm>

#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

// Only a class that somebody wrote a destructor for can do something with what it was given.
const CXXDestructorDecl* own_destructor(const CXXRecordDecl& record) {
  const CXXDestructorDecl* destructor = record.getDestructor();
  return destructor != nullptr && destructor->isUserProvided() ? destructor : nullptr;
}

const LambdaExpr* lambda_in(const Expr* expression) {
  expression = plain(expression);
  if (expression == nullptr) return nullptr;
  if (const auto* lambda = dyn_cast<LambdaExpr>(expression)) return lambda;
  if (const auto* list = dyn_cast<InitListExpr>(expression))
    return list->getNumInits() == 1 ? lambda_in(list->getInit(0)) : nullptr;
  if (const auto* cast = dyn_cast<CastExpr>(expression)) return lambda_in(cast->getSubExpr());
  if (const auto* construction = dyn_cast<CXXConstructExpr>(expression))
    return construction->getNumArgs() == 1 ? lambda_in(construction->getArg(0)) : nullptr;
  return nullptr;
}

// A channel to which nothing has happened since it was made, and that nobody else has.
bool is_as_made(const ObjectState& state) {
  return state.status == Status::open && !state.shared && !state.sent && !state.received && !state.settled &&
         state.queued == 0 && state.left_to == nullptr;
}

}  // namespace

void Simulation::step(const CFGElement& element, Disjunct& d, std::vector<Disjunct>& forks) {
  if (const auto ending = element.getAs<CFGLifetimeEnds>()) {
    end_lifetime(*ending->getVarDecl(), ending->getTriggerStmt(), d);
    return;
  }
  if (const auto destructor = element.getAs<CFGAutomaticObjDtor>()) {
    destroy(*destructor->getVarDecl(), d);
    return;
  }
  if (const auto initializer = element.getAs<CFGInitializer>()) {
    const CXXCtorInitializer* what = initializer->getInitializer();
    const FieldDecl* field = what->getAnyMember();
    if (field != nullptr && unit_.model().kind(field->getType()) == Kind::channel)
      put(unit_.places().id(Place{nullptr, {field}}), value(what->getInit(), d), what->getInit(), d);
    return;
  }
  const auto wrapped = element.getAs<CFGStmt>();
  if (!wrapped) return;
  const Stmt* statement = wrapped->getStmt();
  see_uses(*statement, d);
  if (const auto* one_call = dyn_cast<CallExpr>(statement)) {
    call(*one_call, d, forks);
  } else if (const auto* construction = dyn_cast<CXXConstructExpr>(statement)) {
    construct(*construction, d);
  } else if (const auto* declaration = dyn_cast<DeclStmt>(statement)) {
    declare(*declaration, d);
  } else if (const auto* list = dyn_cast<InitListExpr>(statement)) {
    const CXXRecordDecl* record = list->getType()->getAsCXXRecordDecl();
    const bool runs_it = record != nullptr && record->hasDefinition() && own_destructor(*record) != nullptr;
    for (const Expr* each : list->inits())
      if (!runs_it || !isa_and_nonnull<LambdaExpr>(plain(each))) escape(each, d);
  } else if (const auto* binary = dyn_cast<BinaryOperator>(statement)) {
    if (binary->isAssignmentOp()) assign(binary->getLHS(), binary->getRHS(), binary, d);
  } else if (const auto* unary = dyn_cast<UnaryOperator>(statement)) {
    if (unary->isIncrementDecrementOp()) assign(unary->getSubExpr(), nullptr, unary, d);
  } else if (const auto* result = dyn_cast<ReturnStmt>(statement)) {
    if (const Expr* what = result->getRetValue()) {
      const bool handle = unit_.model().kind(what->getType()) == Kind::channel;
      const Value object = handle ? value(what, d) : std::nullopt;
      // Of a channel that others have already, or that something was done to, the caller would know too little.
      const bool kept = object && std::any_of(d.held.begin(), d.held.end(), [&](const auto& each) {
                          return each.second == *object && !is_own(unit_.places().place(each.first));
                        });
      const bool known = object && (!is_made(*object) || (is_as_made(d.objects[*object]) && !kept));
      if (watching_ && handle) {
        returned_.emplace_back(known, object);
        see_returned(object, result, d);
      }
      escape(what, d);
    }
  } else if (isa<AtomicExpr, AsmStmt>(statement)) {
    sync(d);  // by which one thread may hear from another, as through std::atomic
  } else if (const auto* lambda = dyn_cast<LambdaExpr>(statement)) {
    // Whoever takes the lambda knows what becomes of it; where nobody is known to, anything may.
    const Stmt* user = body_.user_of(lambda);
    if (!isa_and_nonnull<CallExpr, CXXConstructExpr, DeclStmt, InitListExpr, ReturnStmt, CXXFunctionalCastExpr>(user))
      escape(lambda, d);
  }
}

void Simulation::declare(const DeclStmt& statement, Disjunct& d) {
  const Model& model = unit_.model();
  for (const Decl* each : statement.decls()) {
    const auto* variable = dyn_cast<VarDecl>(each);
    if (variable == nullptr) continue;
    forget_below(Place{cast<ValueDecl>(variable->getCanonicalDecl()), {}}, &statement, d);
    const Expr* init = variable->getInit();
    if (const auto* several = dyn_cast<DecompositionDecl>(variable)) {
      for (const BindingDecl* binding : several->bindings()) facts_.set(binding, std::nullopt, d);
      continue;
    }
    const QualType type = variable->getType();
    if (type->isReferenceType()) {
      // Another name for something: a place of its own only where that has none.
      if (init != nullptr && model.kind(type) == Kind::channel && !unit_.places().of(init))
        put(unit_.places().id(Place{cast<ValueDecl>(variable->getCanonicalDecl()), {}}), value(init, d), &statement, d);
      continue;
    }
    const PlaceId place = unit_.places().id(Place{cast<ValueDecl>(variable->getCanonicalDecl()), {}});
    if (model.kind(type) == Kind::channel) {
      const Value object = init != nullptr ? value(init, d) : std::nullopt;
      put(place, object, &statement, d);
      if (object && body_.exposed(variable)) escape(*object, d);
    } else if (model.kind(type) == Kind::mutex || model.kind(type) == Kind::wait_group) {
      put(place, std::nullopt, &statement, d);
      d.objects[*object_at(place, d)].status = Status::open;
    } else if (model.kind(type) == Kind::guard) {
      const Expr* inner = init != nullptr ? plain(init) : nullptr;
      const auto* construction = dyn_cast_or_null<CXXConstructExpr>(inner);
      // One lock, with or without a tag.
      const bool one = construction != nullptr && construction->getNumArgs() != 0 &&
                       unit_.model().kind(construction->getArg(0)->getType()) == Kind::mutex;
      const Value object = one ? value(construction->getArg(0), d) : std::nullopt;
      put(place, object, &statement, d);
    } else if (type->isIntegralOrEnumerationType()) {
      facts_.set(variable, init != nullptr ? facts_.known(init, d) : std::nullopt, d);
    } else {
      facts_.set(variable, std::nullopt, d);
    }
  }
}

void Simulation::construct(const CXXConstructExpr& construction, Disjunct& d) {
  const Model& model = unit_.model();
  const Kind kind = model.kind(construction.getType());
  if (kind == Kind::channel) {
    if (construction.getNumArgs() == 0) made_anew(Object{Object::Origin::nil, &construction, {}}, d);
    return;
  }
  const llvm::ArrayRef<const Expr*> arguments(construction.getArgs(), construction.getNumArgs());
  if (kind == Kind::guard) {
    // With std::adopt_lock it will let go of what is held already.
    if (arguments.size() == 2 && watching_ && model.kind(arguments[0]->getType()) == Kind::mutex)
      if (const Value object = value(arguments[0], d))
        unit_.see_unlock(construction, is_partner(*object, &construction, d));
    if (arguments.empty() || construction.getConstructor()->isCopyOrMoveConstructor()) return;
    if (arguments.size() != 1 || model.kind(arguments[0]->getType()) != Kind::mutex) {
      sync(d);  // by locks that are not followed
      return;
    }
    const bool shared = construction.getConstructor()->getParent()->getName() == "shared_lock";
    lock(value(arguments[0], d), &construction, shared, d);
    return;
  }
  if (kind == Kind::thread || kind == Kind::joining_thread) {
    if (!arguments.empty() && !construction.getConstructor()->isCopyOrMoveConstructor())
      spawn(arguments[0], arguments.drop_front(), &construction, d);
    return;
  }
  if (construction.getConstructor()->isCopyOrMoveConstructor() && lambda_in(&construction) != nullptr) return;
  // A class whose destructor runs what it was given: what is given runs when the variable ends.
  const CXXRecordDecl* record = construction.getConstructor()->getParent();
  const Stmt* user = body_.user_of(&construction);
  if (isa_and_nonnull<DeclStmt>(user) && arguments.size() == 1 && lambda_in(arguments[0]) != nullptr &&
      !is_standard(*record) && own_destructor(*record) != nullptr)
    return;
  unknown_call(construction.getConstructor(), &construction, nullptr, arguments, d);
  start_tasks_of(construction, d);
}

void Simulation::assign(const Expr* target, const Expr* source, const Stmt* at, Disjunct& d) {
  const auto place = unit_.places().of(target);
  if (!place) return;
  const Place where = unit_.places().place(*place);
  const ValueDecl* last = where.path.empty() ? where.root : where.path.back();
  if (last == nullptr) return;
  if (where.root != nullptr) forget_below(where, at, d);
  if (unit_.model().kind(last->getType()) == Kind::channel) {
    const Value old = object_at(*place, d);
    // Does a task use the very variable?
    for (const SpawnId task : d.pending)
      for (const VarDecl* variable : spawns_[task].by_reference)
        if (variable == where.root && where.path.empty() && old)
          meet(Check::handle_reassigned, at, *old, true, spawns_[task].at, nullptr, false, variable);
    const Value object = source != nullptr ? value(source, d) : std::nullopt;
    put(*place, object, at, d);
    if (!is_own(where)) {
      reassigned_.insert(*place);
      if (object) escape(*object, d);
      if (old) effect_on(*old).escapes = true;
    }
    return;
  }
  if (where.path.empty()) {
    const auto* binary = dyn_cast_or_null<BinaryOperator>(at);
    const bool plainly = binary != nullptr && binary->getOpcode() == BO_Assign && source != nullptr;
    facts_.set(where.root, plainly ? facts_.known(source, d) : std::nullopt, d);
  } else {
    facts_.forget_foreign(d);
    if (where.root != nullptr) facts_.set(where.root, std::nullopt, d);
  }
}

void Simulation::destroy(const VarDecl& variable, Disjunct& d) {
  const QualType type = variable.getType();
  const Kind kind = unit_.model().kind(type);
  const CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (kind == Kind::guard) {
    const PlaceId place = unit_.places().id(Place{cast<ValueDecl>(variable.getCanonicalDecl()), {}});
    const Value object = d.held.contains(place) ? object_at(place, d) : std::nullopt;
    if (object && d.objects[*object].status == Status::closed) unlock(object, nullptr, d);
    return;
  }
  if (kind == Kind::joining_thread) sync(d);
  if (record == nullptr || kind != Kind::other) return;
  const LambdaExpr* lambda = variable.hasInit() ? lambda_in(variable.getInit()) : nullptr;
  if (lambda != nullptr && !is_standard(*record) && !record->isLambda()) {
    if (own_destructor(*record) != nullptr)
      if (const auto callee = callable(lambda, {})) {
        // Some of these can be told to do nothing after all.
        bool left_alone = true;
        for (const CXXMethodDecl* method : record->methods())
          if (!isa<CXXConstructorDecl, CXXDestructorDecl>(method) && method->isUserProvided()) left_alone = false;
        apply(*callee, lambda, d, !left_alone);
      }
    return;
  }
  if (!keeps_tasks(*record)) sync(d);
}

void Simulation::end_lifetime(const VarDecl& variable, const Stmt* at, Disjunct& d) {
  if (unit_.is_main_task(function_)) return;
  for (const SpawnId task : d.spawned)
    for (const VarDecl* used : spawns_[task].by_reference)
      if (used == variable.getCanonicalDecl())
        meet(loop_that_owns(used, spawns_[task].at) != nullptr ? Check::loop_variable : Check::captures_local,
             spawns_[task].at, some_object, d.pending.contains(task), at, nullptr, false, used);
  for (const SpawnId task : d.spawned)
    for (const VarDecl* used : spawns_[task].inside_of)
      if (used == variable.getCanonicalDecl())
        meet(Check::captures_this, spawns_[task].at, some_object, d.pending.contains(task), at, nullptr, false, used);
}

}  // namespace tenter::lint
