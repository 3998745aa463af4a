// Waits for a condition with neither a predicate nor a loop around them. A signal that comes before the wait is forgotten, so
// that whoever does not look first waits for ever; and between a signal and the moment the waiter has the lock again
// another task may have come first. What clang-tidy's bugprone-spuriously-wake-up-functions says, a wait of a
// std::condition_variable in an if, is not said here again.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/model.h"
#include "lint/patterns.h"
#include "lint/unit.h"

namespace tenter::lint {

using namespace clang;

namespace {

// Without a predicate, and not for a time only.
bool is_plain_wait(const CXXMemberCallExpr& call, std::string& owner) {
  const CXXMethodDecl* method = call.getMethodDecl();
  if (method == nullptr || method->getIdentifier() == nullptr || method->getName() != "wait") return false;
  owner = method->getParent()->getQualifiedNameAsString();
  if (owner == "tenter::Cond") return call.getNumArgs() == 0;
  if (!is_standard(*method) || call.getNumArgs() != 1) return false;
  owner = method->getParent()->getName().str();
  return owner == "condition_variable" || owner == "condition_variable_any";
}

// Is the statement in one of these, in the function or the lambda that it is in?
template <class... S>
bool is_in(Around around) {
  for (const Stmt* outer : llvm::reverse(around)) {
    if (isa<LambdaExpr>(outer)) return false;
    if (isa<S...>(outer)) return true;
  }
  return false;
}

}  // namespace

void report_waits_without_loop(Unit& unit, const FunctionDecl& function) {
  walk(function.getBody(), [&](const Stmt& statement, Around around) {
    const auto* call = dyn_cast<CXXMemberCallExpr>(&statement);
    std::string owner;
    if (call == nullptr || !is_plain_wait(*call, owner) || is_in<WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(around))
      return;
    if (owner == "condition_variable" && is_in<IfStmt>(around)) return;
    const auto place = unit.places().of(call->getImplicitObjectArgument());
    LintFinding finding;
    finding.check = Check::wait_without_loop;
    finding.where = call->getExprLoc();
    finding.object = place ? unit.places().name(*place) : "";
    finding.text =
        "after this wait the condition may not hold, or no signal may come; wait in a loop or with a predicate";
    finding.function = function.getQualifiedNameAsString();
    unit.report(std::move(finding), function);
  });
}

}  // namespace tenter::lint
