// Variables that tasks use beside whoever started them. A use before the task has waited for anything cannot have been
// ordered after what its starter does later, and what the starter does before it has waited for anything again cannot be
// ordered after the task: where both are so, and one of them changes the variable, it is a data race on every schedule
// in which they meet. Looked at are numbers, and containers and strings of the standard library as a whole; not what
// pointers point to, nor elements.
#include <algorithm>

#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>
#include <clang/Basic/SourceManager.h>

#include "lint/patterns.h"
#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

const ValueDecl* named_by(const Place& place) { return place.path.empty() ? place.root : place.path.back(); }

bool is_container(QualType type) {
  const CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (record == nullptr || !is_standard(*record) || record->getIdentifier() == nullptr) return false;
  return llvm::StringSwitch<bool>(record->getName())
      .Cases("vector", "deque", "list", "map", "multimap", "set", "multiset", "basic_string", true)
      .Cases("unordered_map", "unordered_set", "unordered_multimap", "unordered_multiset", true)
      .Default(false);
}

bool is_number(QualType type) { return type->isArithmeticType() || type->isEnumeralType(); }

// What a member of a container does to it: nullopt if that is not known.
std::optional<bool> changes(const CXXMethodDecl& method) {
  if (method.getOverloadedOperator() == OO_Equal || method.getOverloadedOperator() == OO_PlusEqual) return true;
  if (method.getOverloadedOperator() == OO_Subscript)
    return llvm::StringSwitch<bool>(method.getParent()->getName()).Cases("map", "unordered_map", true).Default(false);
  if (method.getIdentifier() == nullptr) return std::nullopt;
  return llvm::StringSwitch<std::optional<bool>>(method.getName())
      .Cases("push_back", "emplace_back", "pop_back", "push_front", "emplace_front", "pop_front", true)
      .Cases("insert", "emplace", "try_emplace", "insert_or_assign", "erase", "clear", "resize", "assign", "append",
             true)
      .Cases("size", "empty", "at", "begin", "end", "front", "back", "find", "count", "contains", false)
      .Default(std::nullopt);
}

// Does the lambda that is the function take a copy of the variable (null: of the object)?
bool takes_a_copy(const FunctionDecl& function, const ValueDecl* variable) {
  const auto* method = dyn_cast<CXXMethodDecl>(&function);
  if (method == nullptr || !method->getParent()->isLambda()) return false;
  return llvm::any_of(method->getParent()->captures(), [&](const LambdaCapture& each) {
    if (variable == nullptr) return each.getCaptureKind() == LCK_StarThis;
    return each.capturesVariable() && each.getCapturedVar()->getCanonicalDecl() == variable->getCanonicalDecl() &&
           each.getCaptureKind() == LCK_ByCopy;
  });
}

bool is_part_of(const Stmt* whole, const Stmt* part) {
  bool found = false;
  walk(whole, [&](const Stmt& each, Around) { found |= &each == part; });
  return found;
}

}  // namespace

bool Simulation::happens_always() const { return postdominators_->dominates(block_, &cfg_->getEntry()); }

bool Simulation::is_shareable(const Place& place) const {
  if (place.path.size() > 1) return false;
  const ValueDecl* last = named_by(place);
  if (last == nullptr || takes_a_copy(function_, place.root)) return false;
  if (const auto* variable = dyn_cast_or_null<VarDecl>(place.root)) {
    if (variable->getTLSKind() != VarDecl::TLS_None || variable->isInitCapture()) return false;
    // Of what a pointer leads to it is not known whether it is the same.
    if (!place.path.empty() && unit_.model().kind(variable->getType()) == Kind::other) {
      const CXXRecordDecl* record = variable->getType().getNonReferenceType()->getAsCXXRecordDecl();
      if (record == nullptr || is_standard(*record)) return false;
    }
  } else if (place.root != nullptr) {
    return false;
  }
  if (!place.path.empty() && last->getType()->isReferenceType()) return false;
  const QualType type = last->getType().getNonReferenceType();
  return !type.isVolatileQualified() && (is_number(type) || is_container(type));
}

// Can a caller, or who starts the function as a task, follow what happens to it?
bool Simulation::is_exported(const Place& place) const {
  const auto* variable = dyn_cast_or_null<VarDecl>(place.root);
  if (variable == nullptr) return true;
  if (variable->hasGlobalStorage()) return true;
  return variable->getDeclContext() != &function_ ||
         (isa<ParmVarDecl>(variable) && variable->getType()->isReferenceType());
}

void Simulation::see_uses(const Stmt& statement, Disjunct& d) {
  if (!watching_) return;
  const auto see = [&](const Expr* target, bool writes) {
    if (const auto place = unit_.places().of(target))
      if (is_shareable(unit_.places().place(*place))) {
        count_guards(*place, writes, statement, d);
        use(Use{*place, writes, !d.synced, happens_always(), &statement}, true, d);
      }
  };
  if (const auto* cast = dyn_cast<ImplicitCastExpr>(&statement)) {
    if (cast->getCastKind() == CK_LValueToRValue && is_number(cast->getType())) see(cast->getSubExpr(), false);
  } else if (const auto* binary = dyn_cast<BinaryOperator>(&statement)) {
    if (binary->isAssignmentOp() && is_number(binary->getLHS()->getType())) see(binary->getLHS(), true);
  } else if (const auto* unary = dyn_cast<UnaryOperator>(&statement)) {
    if (unary->isIncrementDecrementOp() && is_number(unary->getSubExpr()->getType())) see(unary->getSubExpr(), true);
  } else if (const auto* member = dyn_cast<CXXMemberCallExpr>(&statement)) {
    const CXXMethodDecl* method = member->getMethodDecl();
    if (method != nullptr && is_container(member->getImplicitObjectArgument()->getType()))
      if (const auto writes = changes(*method)) see(member->getImplicitObjectArgument(), *writes);
  } else if (const auto* operation = dyn_cast<CXXOperatorCallExpr>(&statement)) {
    const auto* method = dyn_cast_or_null<CXXMethodDecl>(operation->getDirectCallee());
    if (method != nullptr && operation->getNumArgs() != 0 && is_container(operation->getArg(0)->getType()))
      if (const auto writes = changes(*method)) see(operation->getArg(0), *writes);
  } else if (const auto* reference = dyn_cast<DeclRefExpr>(&statement)) {
    // Given to a function, or compared: that is a use, too, but whether it happens at once only a sleep makes sure.
    const auto* variable = dyn_cast<VarDecl>(reference->getDecl());
    if (variable == nullptr || !is_container(variable->getType().getNonReferenceType())) return;
    const auto place = unit_.places().of(reference);
    for (const auto& [task, at] : d.slept)
      for (const Use& theirs : spawns_[task].uses)
        if (place && theirs.place == *place && theirs.writes && d.pending.contains(task))
          meet(Check::sleep_for_sync, at, some_object, true, &statement, theirs.at, false, variable);
  }
}

void Simulation::count_guards(PlaceId place, bool writes, const Stmt& at, const Disjunct& d) {
  const Place& member = unit_.places().place(place);
  if (unit_.census() == nullptr || member.root != nullptr || !GuardCensus::counts(function_, unit_)) return;
  GuardCensus::Use use{member.path.back(), {}, &at, &function_, writes};
  for (const ObjectId lock : locks_) {
    const auto state = d.objects.find(lock);
    const Object& what = unit_.places().object(lock);
    if (state == d.objects.end() || state->second.status != Status::closed || !what.place) continue;
    const Place& where = unit_.places().place(*what.place);
    if (where.root == nullptr && where.path.size() == 1) use.locks.push_back(where.path.front());
  }
  unit_.census()->add(std::move(use));
}

void Simulation::use(const Use& what, bool sure, Disjunct& d) {
  if (!watching_) return;
  if (is_exported(unit_.places().place(what.place))) {
    const auto known = std::find_if(uses_.begin(), uses_.end(), [&](const Use& each) {
      return each.place == what.place && each.writes == what.writes && each.at == what.at;
    });
    if (known == uses_.end()) {
      uses_.push_back(what);
    } else {
      known->early &= what.early;  // only if it is on all paths that come here
      known->always &= what.always;
    }
  }
  for (SpawnId task = 0; task < spawns_.size(); ++task)
    for (const Use& theirs : spawns_[task].uses)
      if (theirs.place == what.place && (theirs.writes || what.writes)) use_beside(task, theirs, what, sure, d);
}

// Of each variable the read and the change that say most.
std::vector<Use> Simulation::surest_uses() const {
  std::vector<Use> surest;
  for (const Use& each : uses_) {
    const auto known = std::find_if(surest.begin(), surest.end(), [&](const Use& other) {
      return other.place == each.place && other.writes == each.writes;
    });
    if (known == surest.end()) surest.push_back(each);
    else if (each.early && each.always && !(known->early && known->always)) *known = each;
  }
  return surest;
}

void Simulation::use_beside(SpawnId id, const Use& theirs, const Use& mine, bool sure, const Disjunct& d) {
  const Spawn& task = spawns_[id];
  const bool beside = d.pending.contains(id);
  const ValueDecl* variable = named_by(unit_.places().place(mine.place));
  if (const auto slept = d.slept.find(id); beside && slept != d.slept.end())
    meet(Check::sleep_for_sync, slept->second, some_object, true, mine.at, theirs.at, false, variable);
  const auto* loop = dyn_cast_or_null<ForStmt>(loop_that_owns(variable, task.at));
  if (loop != nullptr && loop->getInc() != nullptr && is_part_of(loop->getInc(), mine.at)) {
    // A later look of the task may be ordered by something; that the variable ends with the loop is looked at elsewhere.
    if (theirs.early && theirs.always)
      meet(Check::loop_variable, task.at, some_object, beside, mine.at, theirs.at, false, variable);
    return;
  }
  meet(Check::shared_write, mine.at, some_object, beside, task.at, theirs.at, !sure || !theirs.early || !theirs.always,
       variable);
}

void Simulation::use_through(const Callable& callee, const Summary& summary, const Stmt* at, bool at_most_once,
                             Disjunct& d) {
  if (!watching_) return;
  for (Use each : uses_of(callee, summary, d)) {
    const bool sure = each.always && !at_most_once;
    if (!each.early) continue;  // the call may have waited for the tasks before
    each.early = !d.synced;
    each.always = sure && happens_always();
    each.at = at;
    use(each, sure, d);
  }
}

std::vector<Use> Simulation::uses_of(const Callable& callee, const Summary& summary, Disjunct& d) {
  std::vector<Use> found;
  for (Use each : summary.uses) {
    const auto place = translate_place(each.place, callee, d);
    if (!place || !is_shareable(unit_.places().place(*place))) continue;
    each.place = *place;
    found.push_back(each);
  }
  return found;
}

void Simulation::start_beside_others(SpawnId id, Disjunct& d) {
  if (!watching_) return;
  const Spawn& task = spawns_[id];
  const auto is_sure = [](const Use& use) { return use.early && use.always; };
  for (const Use& mine : task.uses) {
    const ValueDecl* variable = named_by(unit_.places().place(mine.place));
    if (mine.writes && !starts_one_by_one(task.at))
      meet(Check::shared_write, task.at, some_object, d.pending.contains(id), task.at, mine.at, !is_sure(mine),
           variable);
    for (SpawnId other = 0; other < spawns_.size(); ++other)
      for (const Use& theirs : spawns_[other].uses)
        if (other != id && theirs.place == mine.place && (theirs.writes || mine.writes) && !starts_one_by_one(task.at))
          meet(Check::shared_write, task.at, some_object, d.pending.contains(other), spawns_[other].at, theirs.at,
               !is_sure(mine) || !is_sure(theirs), variable);
  }
}

// A group with a limit runs its tasks one after the other if the limit is one.
bool Simulation::starts_one_by_one(const Stmt* start) const {
  const auto* call = dyn_cast<CXXMemberCallExpr>(start);
  if (call == nullptr || call->getMethodDecl() == nullptr) return false;
  const CXXRecordDecl* group = call->getMethodDecl()->getParent();
  const bool has_limit = llvm::any_of(group->methods(), [](const CXXMethodDecl* each) {
    return each->getIdentifier() != nullptr && each->getName() == "set_limit";
  });
  if (!has_limit) return false;
  const auto* reference = dyn_cast_or_null<DeclRefExpr>(plain(call->getImplicitObjectArgument()));
  const auto* variable = reference != nullptr ? dyn_cast<VarDecl>(reference->getDecl()) : nullptr;
  if (variable == nullptr || !variable->isLocalVarDecl() || variable->getType()->isReferenceType() ||
      variable->getDeclContext() != &function_)
    return true;  // somebody else may have set one
  bool limited = false;
  walk(function_.getBody(), [&](const Stmt& each, Around) {
    const auto* other = dyn_cast<CXXMemberCallExpr>(&each);
    const CXXMethodDecl* method = other != nullptr ? other->getMethodDecl() : nullptr;
    limited |= method != nullptr && method->getIdentifier() != nullptr && method->getName() == "set_limit";
  });
  return limited;
}

void Simulation::see_sleep(const Stmt* at, Disjunct& d) {
  for (const SpawnId task : d.pending) d.slept.try_emplace(task, at);
}

// The loop around the statement of which the variable is the loop variable.
const Stmt* Simulation::loop_that_owns(const ValueDecl* variable, const Stmt* inside) const {
  const auto mentions = [&](const Stmt* statement) {
    bool found = false;
    walk(statement, [&](const Stmt& each, Around) {
      const auto* reference = dyn_cast<DeclRefExpr>(&each);
      found |= reference != nullptr && reference->getDecl()->getCanonicalDecl() == variable->getCanonicalDecl();
    });
    return found;
  };
  for (const Stmt* loop = body_.loop_of(inside); loop != nullptr; loop = body_.loop_of(loop)) {
    if (const auto* range = dyn_cast<CXXForRangeStmt>(loop)) {
      if (range->getLoopVariable()->getCanonicalDecl() == variable->getCanonicalDecl()) return loop;
    } else if (const auto* counting = dyn_cast<ForStmt>(loop)) {
      const auto* init = dyn_cast_or_null<DeclStmt>(counting->getInit());
      if (init != nullptr && llvm::is_contained(init->decls(), variable)) return loop;
      if (counting->getInc() != nullptr && mentions(counting->getInc())) return loop;
    }
  }
  return nullptr;
}

// A number that the task only reads can as well be copied into it.
std::vector<FixIt> Simulation::captured_by_value(const Stmt* spawn, const ValueDecl* variable) const {
  if (!is_number(variable->getType())) return {};
  const LambdaExpr* lambda = nullptr;
  walk(spawn, [&](const Stmt& each, Around) {
    if (const auto* found = dyn_cast<LambdaExpr>(&each); found != nullptr && lambda == nullptr) lambda = found;
  });
  if (lambda == nullptr) return {};
  bool only_read = true;
  walk(lambda->getBody(), [&](const Stmt& each, Around around) {
    const auto* use = dyn_cast<DeclRefExpr>(&each);
    if (use == nullptr || use->getDecl() != variable) return;
    const auto* cast = around.empty() ? nullptr : dyn_cast<ImplicitCastExpr>(around.back());
    only_read &= cast != nullptr && cast->getCastKind() == CK_LValueToRValue;
  });
  if (!only_read) return {};
  for (const LambdaCapture& capture : lambda->captures()) {
    if (!capture.capturesVariable() || capture.getCapturedVar() != variable) continue;
    if (capture.isImplicit()) {
      if (lambda->getCaptureDefault() != LCD_ByRef) return {};
      return {{{}, lambda->getCaptureDefaultLoc().getLocWithOffset(1), ", " + variable->getNameAsString()}};
    }
    const SourceLocation ampersand = capture.getLocation().getLocWithOffset(-1);
    const char* text = unit_.context().getSourceManager().getCharacterData(ampersand);
    if (capture.getLocation().isFileID() && *text == '&') return {{SourceRange(ampersand, ampersand), {}, {}}};
  }
  return {};
}

}  // namespace tenter::lint
