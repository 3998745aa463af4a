#include "lint/place.h"

#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>

#include "lint/model.h"

namespace tenter::lint {

using namespace clang;

PlaceId Places::id(const Place& place) {
  const auto [found, fresh] = place_ids_.try_emplace({place.root, place.path}, PlaceId(places_.size()));
  if (fresh) {
    places_.push_back(place);
    by_root_[place.root].push_back(found->second);
  }
  return found->second;
}

ObjectId Places::id(const Object& object) {
  const std::int64_t place = object.place ? static_cast<std::int64_t>(*object.place) : -1;
  const auto [found, fresh] =
      object_ids_.try_emplace({static_cast<int>(object.origin), object.site, place}, ObjectId(objects_.size()));
  if (fresh) objects_.push_back(object);
  return found->second;
}

const Expr* plain(const Expr* expression) {
  while (expression != nullptr) {
    const Expr* inner = expression->IgnoreParenImpCasts();
    if (const auto* cleanups = dyn_cast<ExprWithCleanups>(inner)) inner = cleanups->getSubExpr();
    else if (const auto* temporary = dyn_cast<MaterializeTemporaryExpr>(inner)) inner = temporary->getSubExpr();
    else if (const auto* bound = dyn_cast<CXXBindTemporaryExpr>(inner)) inner = bound->getSubExpr();
    else if (const auto* standard = dyn_cast<CXXDefaultArgExpr>(inner)) inner = standard->getExpr();
    else if (const auto* call = dyn_cast<CallExpr>(inner); call != nullptr && call->getNumArgs() == 1) {
      const FunctionDecl* callee = call->getDirectCallee();
      if (callee == nullptr || !is_standard(*callee) || callee->getIdentifier() == nullptr) return inner;
      const llvm::StringRef name = callee->getName();
      if (name != "move" && name != "forward" && name != "ref" && name != "cref" && name != "as_const") return inner;
      inner = call->getArg(0);
    }
    if (inner == expression) return inner;
    expression = inner;
  }
  return nullptr;
}

std::optional<PlaceId> Places::of(const Expr* expression) {
  expression = plain(expression);
  if (expression == nullptr) return std::nullopt;
  if (isa<CXXThisExpr>(expression)) return id(Place{});
  if (const auto* reference = dyn_cast<DeclRefExpr>(expression)) {
    const ValueDecl* declaration = reference->getDecl();
    const auto* variable = dyn_cast<VarDecl>(declaration);
    if (variable != nullptr && variable->isLocalVarDecl() && variable->getType()->isReferenceType() &&
        variable->hasInit() && variable->getInit() != nullptr) {
      // A reference stands for what it was bound to, if that is a place.
      if (const auto referent = of(variable->getInit())) return referent;
    }
    if (variable == nullptr && !isa<BindingDecl>(declaration)) return std::nullopt;
    return id(Place{cast<ValueDecl>(declaration->getCanonicalDecl()), {}});
  }
  if (const auto* member = dyn_cast<MemberExpr>(expression)) {
    const auto* field = dyn_cast<FieldDecl>(member->getMemberDecl());
    if (field == nullptr) {
      const auto* variable = dyn_cast<VarDecl>(member->getMemberDecl());
      return variable == nullptr ? std::nullopt : std::optional(id(Place{variable->getCanonicalDecl(), {}}));
    }
    const auto base = of(member->getBase());
    if (!base) return std::nullopt;
    Place whole = place(*base);
    whole.path.push_back(field);
    return id(whole);
  }
  if (const auto* unary = dyn_cast<UnaryOperator>(expression))
    return unary->getOpcode() == UO_Deref || unary->getOpcode() == UO_AddrOf ? of(unary->getSubExpr()) : std::nullopt;
  if (const auto* call = dyn_cast<CXXOperatorCallExpr>(expression)) {
    // A smart pointer stands for what it points to, as a pointer does.
    if ((call->getOperator() == OO_Arrow || (call->getOperator() == OO_Star && call->getNumArgs() == 1)))
      return of(call->getArg(0));
    return std::nullopt;
  }
  if (const auto* call = dyn_cast<CXXMemberCallExpr>(expression)) {
    const CXXMethodDecl* method = call->getMethodDecl();
    if (method != nullptr && is_standard(*method) && method->getIdentifier() != nullptr && method->getName() == "get" &&
        call->getNumArgs() == 0)
      return of(call->getImplicitObjectArgument());
  }
  return std::nullopt;
}

const std::vector<PlaceId>& Places::rooted_in(const ValueDecl* root) const {
  static const std::vector<PlaceId> none;
  const auto found = by_root_.find(root);
  return found == by_root_.end() ? none : found->second;
}

std::string Places::name(PlaceId id) const {
  const Place& place = this->place(id);
  std::string text = place.root != nullptr ? place.root->getNameAsString() : "";
  for (const FieldDecl* field : place.path) {
    if (!text.empty()) text += '.';
    text += field->getNameAsString();
  }
  return text.empty() ? "this" : text;
}

}  // namespace tenter::lint
