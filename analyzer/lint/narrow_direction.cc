// Parameters of type Chan that could say more: a function that only sends takes a SendChan, and the compiler then sees to
// it that it never receives. Where anything else is done to the parameter nothing is said, nor where the type is part of
// what others rely on: of virtual functions, templates, overloads, and functions whose address is taken.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/AST/StmtCXX.h>

#include "lint/patterns.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;

struct Uses {
  const Stmt* send = nullptr;
  const Stmt* recv = nullptr;
  bool other = false;
};

bool has_both_directions(QualType type, const Model& model) {
  const CXXRecordDecl* record = type.getNonReferenceType()->getAsCXXRecordDecl();
  return model.kind(type) == Kind::channel && record->getIdentifier() != nullptr && record->getName() == "Chan" &&
         (!type->isReferenceType() || type->getPointeeType().isConstQualified());
}

bool changes_nothing(const Stmt* statement) {
  if (const auto* cast = dyn_cast<ImplicitCastExpr>(statement))
    return cast->getCastKind() == CK_NoOp || cast->getCastKind() == CK_UserDefinedConversion ||
           cast->getCastKind() == CK_ConstructorConversion;
  return isa<ParenExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr, ExprWithCleanups>(statement);
}

bool captures(const LambdaExpr& lambda, const VarDecl& variable) {
  return llvm::any_of(lambda.captures(), [&](const LambdaCapture& each) {
    return each.capturesVariable() && each.getCapturedVar() == &variable;
  });
}

// A capture of the variable itself: what the lambda does to it is seen in its body.
bool is_capture(const ParmVarDecl& parameter, Around around) {
  while (!around.empty() && (changes_nothing(around.back()) || isa<CXXConstructExpr>(around.back())))
    around = around.drop_back();
  const auto* lambda = around.empty() ? nullptr : dyn_cast<LambdaExpr>(around.back());
  return lambda != nullptr && captures(*lambda, parameter);
}

void note_use(const DeclRefExpr& use, Around around, const Model& model, Uses& uses) {
  const Stmt* user = nullptr;
  const Stmt* used = &use;
  while (!around.empty()) {
    user = around.back();
    around = around.drop_back();
    if (!changes_nothing(user)) break;
    used = user;
  }
  Role role = Role::none;
  if (const auto* member = dyn_cast_or_null<MemberExpr>(user)) {
    const auto* method = dyn_cast<CXXMethodDecl>(member->getMemberDecl());
    if (method != nullptr) role = model.role(*method);
    if (role == Role::alias) {
      const CXXRecordDecl* to = method->getReturnType()->getAsCXXRecordDecl();
      role = to != nullptr && to->getName() == "SendChan" ? Role::send : Role::recv;
    }
  } else if (const auto* call = dyn_cast_or_null<CallExpr>(user)) {
    // The one function that takes any channel as its first argument is a case of a select.
    const FunctionDecl* callee = call->getDirectCallee();
    if (callee != nullptr && call->getNumArgs() != 0 && call->getArg(0) == used) role = model.role(*callee);
    if (role != Role::on_recv && role != Role::on_send) role = Role::none;
  } else if (isa_and_nonnull<DeclStmt>(user) && !around.empty()) {
    const auto* loop = dyn_cast<CXXForRangeStmt>(around.back());
    if (loop != nullptr && loop->getRangeStmt() == user) role = Role::range;
  }
  switch (role) {
    case Role::send:
    case Role::try_send:
    case Role::close:
    case Role::on_send: uses.send = &use; return;
    case Role::recv:
    case Role::try_recv:
    case Role::range:
    case Role::on_recv: uses.recv = &use; return;
    case Role::query: return;
    default: uses.other = true;
  }
}

// Is the function's type used for anything but calls of it?
class AddressTaken : public RecursiveASTVisitor<AddressTaken> {
 public:
  AddressTaken(const FunctionDecl& function, const Model& model)
      : function_(function.getCanonicalDecl()), model_(model) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool TraverseCallExpr(CallExpr* call) {
    return see(call, [&] { return Base::TraverseCallExpr(call); });
  }
  bool VisitDeclRefExpr(DeclRefExpr* reference) {
    const auto* function = dyn_cast<FunctionDecl>(reference->getDecl());
    if (function != nullptr && function->getCanonicalDecl() == function_) ++uses_;
    return true;
  }
  bool found() const { return uses_ != calls_; }

 private:
  using Base = RecursiveASTVisitor;
  template <class F>
  bool see(const CallExpr* call, F&& go_on) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (callee == nullptr) return go_on();
    if (callee->getCanonicalDecl() == function_) ++calls_;
    const Role role = model_.role(*callee);
    if (role == Role::go || role == Role::wg_go)  // which converts what it gives, too
      for (const Expr* each : call->arguments())
        if (const auto* given = dyn_cast<DeclRefExpr>(each->IgnoreParenImpCasts()))
          if (given->getDecl()->getCanonicalDecl() == function_) ++calls_;
    return go_on();
  }
  const FunctionDecl* function_;
  const Model& model_;
  unsigned uses_ = 0, calls_ = 0;
};

bool type_is_relied_on(const FunctionDecl& function, Unit& unit) {
  const auto* method = dyn_cast<CXXMethodDecl>(&function);
  if (method != nullptr && (method->isVirtual() || method->getParent()->isLambda())) return true;
  if (function.isTemplateInstantiation() || function.isOverloadedOperator() || function.isExternC()) return true;
  if (method != nullptr && isa<ClassTemplateSpecializationDecl>(method->getParent())) return true;
  for (const NamedDecl* other : function.getDeclContext()->getRedeclContext()->lookup(function.getDeclName()))
    if (other->getCanonicalDecl() != function.getCanonicalDecl()) return true;
  if (method != nullptr) return false;  // a pointer to a member is rare, and the check only speaks when asked
  AddressTaken taken(function, unit.model());
  for (Decl* each : unit.context().getTraversalScope()) taken.TraverseDecl(each);
  return taken.found();
}

}  // namespace

void report_wide_parameters(Unit& unit, const FunctionDecl& function) {
  for (const ParmVarDecl* parameter : function.parameters()) {
    if (!has_both_directions(parameter->getType(), unit.model())) continue;
    Uses uses;
    walk(function.getBody(), [&](const Stmt& statement, Around around) {
      const auto* use = dyn_cast<DeclRefExpr>(&statement);
      if (use != nullptr && use->getDecl() == parameter && !is_capture(*parameter, around))
        note_use(*use, around, unit.model(), uses);
    });
    if (uses.other || (uses.send == nullptr) == (uses.recv == nullptr) || type_is_relied_on(function, unit)) continue;
    const std::string name = parameter->getNameAsString();
    const std::string narrow = uses.send != nullptr ? "Send" : "Recv";
    LintFinding finding;
    finding.check = Check::narrow_direction;
    finding.where = parameter->getLocation();
    finding.text = "'" + name + "' is only " + (uses.send != nullptr ? "sent on" : "received from") +
                   ", so its type can be " + narrow + "Chan";
    finding.object = name;
    finding.function = function.getQualifiedNameAsString();
    finding.notes.push_back({(uses.send != nullptr ? uses.send : uses.recv)->getBeginLoc(), "used here"});
    // Other declarations would have to change as well.
    const bool alone = std::next(function.redecls_begin()) == function.redecls_end();
    TypeLoc written = parameter->getTypeSourceInfo()->getTypeLoc();
    while (!written.isNull() && !written.getAs<TemplateSpecializationTypeLoc>()) written = written.getNextTypeLoc();
    if (const auto type = written.getAs<TemplateSpecializationTypeLoc>(); alone && type)
      finding.fixes.push_back({{}, type.getTemplateNameLoc(), narrow});
    unit.report(std::move(finding), function);
  }
}

}  // namespace tenter::lint
