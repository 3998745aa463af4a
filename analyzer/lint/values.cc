// Which object an expression gives, and what the places hold.
#include <algorithm>

#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>

#include "lint/simulation.h"

namespace tenter::lint {

using namespace clang;

Simulation::Value Simulation::object_at(PlaceId place, const Disjunct& d) const {
  if (const auto held = d.held.find(place); held != d.held.end())
    return held->second == some_object ? std::nullopt : Value(held->second);
  return unit_.places().id(Object{Object::Origin::entry, nullptr, place});
}

Simulation::Value Simulation::value(const Expr* expression, Disjunct& d) {
  expression = plain(expression);
  if (expression == nullptr) return std::nullopt;
  const Model& model = unit_.model();
  if (const auto* cast = dyn_cast<CastExpr>(expression)) return value(cast->getSubExpr(), d);
  if (const auto* construction = dyn_cast<CXXConstructExpr>(expression)) {
    if (model.kind(construction->getType()) != Kind::channel) return std::nullopt;
    if (construction->getNumArgs() == 0) return unit_.places().id(Object{Object::Origin::nil, expression, {}});
    return value(construction->getArg(0), d);
  }
  if (const auto* list = dyn_cast<InitListExpr>(expression)) {
    if (model.kind(list->getType()) == Kind::channel && list->getNumInits() == 0)
      return unit_.places().id(Object{Object::Origin::nil, expression, {}});
    return std::nullopt;
  }
  if (const auto* call = dyn_cast<CallExpr>(expression)) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (callee != nullptr) {
      const Role role = model.role(*callee);
      if (role == Role::alias)
        if (const auto* member = dyn_cast<CXXMemberCallExpr>(call))
          return value(member->getImplicitObjectArgument(), d);
      const Object made{Object::Origin::made, call, {}};
      if (role == Role::make) return unit_.places().id(made);
      if (role == Role::none && model.kind(call->getType()) == Kind::channel && !is_standard(*callee))
        if (const Summary* summary = summary_for(*callee)) {
          if (summary->returns_made) return unit_.places().id(made);
          const unsigned first = isa<CXXOperatorCallExpr>(call) && isa<CXXMethodDecl>(callee) ? 1 : 0;
          if (summary->returns_parameter && *summary->returns_parameter + first < call->getNumArgs())
            return value(call->getArg(*summary->returns_parameter + first), d);
        }
    }
  }
  if (const auto place = unit_.places().of(expression)) return object_at(*place, d);
  return std::nullopt;
}

ObjectId Simulation::made_anew(const Object& object, Disjunct& d) {
  const ObjectId id = unit_.places().id(object);
  // Of the object that the same expression made in an earlier turn of a loop nothing is known any more.
  d.objects.erase(id);
  for (auto& [place, held] : d.held)
    if (held == id) held = some_object;
  const auto uses_it = [&](SpawnId spawn) {
    for (const auto& [used, effect] : spawns_[spawn].effects)
      if (used == id) return true;
    return false;
  };
  std::erase_if(d.pending, uses_it);
  std::erase_if(d.spawned, uses_it);
  std::erase_if(d.repeated, uses_it);
  d.objects[id].status = Status::open;
  return id;
}

void Simulation::put(PlaceId place, Value object, const Stmt* at, Disjunct& d) {
  if (!object) {
    object = made_anew(Object{Object::Origin::later, at, place}, d);
    d.objects.erase(*object);
  }
  d.held[place] = *object;
}

void Simulation::forget_below(const Place& whole, const Stmt* at, Disjunct& d) {
  // A pointer or an iterator stands for what it points to, so that is another one, too.
  const ValueDecl* last = whole.path.empty() ? whole.root : whole.path.back();
  const bool itself = last != nullptr && unit_.model().kind(last->getType()) == Kind::other;
  const std::vector<PlaceId> places = unit_.places().rooted_in(whole.root);
  for (const PlaceId id : places) {
    const Place& place = unit_.places().place(id);
    if (place.path.size() < whole.path.size() || !std::equal(whole.path.begin(), whole.path.end(), place.path.begin()))
      continue;
    if (itself || place.path.size() > whole.path.size()) put(id, std::nullopt, at, d);
  }
}

bool Simulation::is_own(const Place& place) const {
  const auto* variable = dyn_cast_or_null<VarDecl>(place.root);
  if (place.root != nullptr && isa<BindingDecl>(place.root)) return place.path.empty();
  if (variable == nullptr || !variable->hasLocalStorage()) return false;
  // A copy in a lambda that cannot change it is as good.
  if (place.path.empty() && copies_.contains(variable)) return true;
  if (variable->getDeclContext() != &function_) return false;
  if (body_.exposed(variable)) return false;
  const QualType type = variable->getType();
  if (type->isReferenceType()) return place.path.empty() && type.getNonReferenceType().isConstQualified();
  if (place.path.empty()) return true;
  const CXXRecordDecl* record = type->getAsCXXRecordDecl();
  return record != nullptr && !is_standard(*record);
}

void Simulation::forget_foreign(const Stmt* at, Disjunct& d) {
  for (std::size_t i = 0; i < unit_.places().count(); ++i) {
    const PlaceId id{static_cast<std::uint32_t>(i)};
    const Place& place = unit_.places().place(id);
    const ValueDecl* last = place.path.empty() ? place.root : place.path.back();
    if (last == nullptr || unit_.model().kind(last->getType()) != Kind::channel || is_own(place)) continue;
    put(id, std::nullopt, at, d);
  }
  facts_.forget_foreign(d);
}

bool Simulation::is_nil(ObjectId object) const { return unit_.places().object(object).origin == Object::Origin::nil; }

bool Simulation::is_made(ObjectId object) const { return unit_.places().object(object).origin == Object::Origin::made; }

std::optional<std::int64_t> Simulation::capacity(ObjectId object) const {
  const Object& what = unit_.places().object(object);
  if (what.origin != Object::Origin::made) return std::nullopt;
  const auto* call = cast<CallExpr>(what.site);
  if (unit_.model().role(*call->getDirectCallee()) != Role::make || call->getNumArgs() != 1) return std::nullopt;
  const Expr* argument = call->getArg(0);
  if (isa<CXXDefaultArgExpr>(argument)) return 0;
  Expr::EvalResult result;
  if (argument->isValueDependent() || !argument->EvaluateAsInt(result, unit_.context())) return std::nullopt;
  return result.Val.getInt().getExtValue();
}

}  // namespace tenter::lint
