#include "lint/body.h"

#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/lost_threads.h"
#include "lint/place.h"

namespace tenter::lint {
namespace {

using namespace clang;

// Handlers for everything are as common around whole programs, so they do not show that an error is expected.
bool expects_library_errors(const CXXTryStmt& attempt) {
  for (unsigned i = 0; i < attempt.getNumHandlers(); ++i) {
    const QualType type = attempt.getHandler(i)->getCaughtType();
    const CXXRecordDecl* record = type.isNull() ? nullptr : type.getNonReferenceType()->getAsCXXRecordDecl();
    if (record == nullptr || record->getIdentifier() == nullptr) continue;
    const std::string name = record->getQualifiedNameAsString();
    if (name.starts_with("tenter::") || name == "std::logic_error") return true;
  }
  return false;
}

const ValueDecl* assigned_variable(const Expr* target) {
  const Expr* inner = plain(target);
  const auto* reference = inner != nullptr ? dyn_cast<DeclRefExpr>(inner) : nullptr;
  return reference != nullptr ? cast<ValueDecl>(reference->getDecl()->getCanonicalDecl()) : nullptr;
}

bool is_loop(const Stmt* statement) { return isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(statement); }

}  // namespace

Body::Body(const FunctionDecl& function, const Model& model) : model_(model) { walk(function.getBody(), {}); }

void Body::walk(const Stmt* statement, Around around) {
  if (statement == nullptr) return;
  if (around.loop != nullptr) loops_[statement] = around.loop;
  if (around.caught) caught_.insert(statement);
  users_[statement] = around.user;

  if (isa<ReturnStmt, CXXThrowExpr, GotoStmt, CoreturnStmt>(statement) && !around.in_lambda) {
    for (const Stmt* loop = around.loop; loop != nullptr; loop = loop_of(loop)) left_early_.insert(loop);
  } else if (isa<BreakStmt>(statement) && around.loop != nullptr) {
    left_early_.insert(around.loop);  // of a switch, too: then the loop is thought to end more easily than it does
  }

  if (const auto* call = dyn_cast<CallExpr>(statement)) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (callee != nullptr && model_.role(*callee) != Role::none) relevant_ = true;
    if (callee == nullptr) calls_unknown_ |= !around.in_lambda;
    else if (!around.in_lambda) callees_.insert(callee);
    const auto* operation = dyn_cast<CXXOperatorCallExpr>(call);
    if (operation != nullptr && operation->getOperator() == OO_Equal && around.in_lambda)
      if (const ValueDecl* variable = assigned_variable(operation->getArg(0))) exposed_.insert(variable);
  } else if (isa<DeclRefExpr, MemberExpr>(statement)) {
    // A handle that is only put somewhere may be used from there.
    if (model_.kind(cast<Expr>(statement)->getType()) == Kind::channel) relevant_ = true;
  } else if (isa<AtomicExpr, AsmStmt>(statement)) {
    calls_unknown_ |= !around.in_lambda;
  } else if (const auto* construction = dyn_cast<CXXConstructExpr>(statement)) {
    if (!around.in_lambda) callees_.insert(construction->getConstructor());
    const Kind kind = model_.kind(construction->getType());
    if (kind == Kind::guard || kind == Kind::thread || kind == Kind::joining_thread || kind == Kind::channel)
      relevant_ = true;
    relevant_ |= holds_threads(construction->getType(), model_);
  } else if (const auto* assignment = dyn_cast<BinaryOperator>(statement)) {
    if (assignment->isAssignmentOp() && around.in_lambda)
      if (const ValueDecl* variable = assigned_variable(assignment->getLHS())) exposed_.insert(variable);
  } else if (const auto* unary = dyn_cast<UnaryOperator>(statement)) {
    if (unary->getOpcode() == UO_AddrOf || (unary->isIncrementDecrementOp() && around.in_lambda))
      if (const ValueDecl* variable = assigned_variable(unary->getSubExpr())) exposed_.insert(variable);
  }

  Around inside = around;
  if (!isa<ExprWithCleanups, MaterializeTemporaryExpr, CXXBindTemporaryExpr, ImplicitCastExpr, ParenExpr>(statement))
    inside.user = statement;
  if (is_loop(statement)) inside.loop = statement;
  if (const auto* attempt = dyn_cast<CXXTryStmt>(statement)) {
    Around tried = inside;
    tried.caught = around.caught || expects_library_errors(*attempt);
    walk(attempt->getTryBlock(), tried);
    for (unsigned i = 0; i < attempt->getNumHandlers(); ++i) walk(attempt->getHandler(i)->getHandlerBlock(), inside);
    return;
  }
  if (const auto* lambda = dyn_cast<LambdaExpr>(statement)) {
    for (const Expr* init : lambda->capture_inits()) walk(init, inside);
    Around within;
    within.in_lambda = true;
    walk(lambda->getBody(), within);
    return;
  }
  if (const auto* declaration = dyn_cast<DeclStmt>(statement)) {
    for (const Decl* each : declaration->decls())
      if (const auto* variable = dyn_cast<VarDecl>(each)) walk(variable->getInit(), inside);
    return;
  }
  for (const Stmt* child : statement->children()) walk(child, inside);
}

}  // namespace tenter::lint
