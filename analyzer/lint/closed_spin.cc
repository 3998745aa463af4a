// Endless loops around a select of which a channel is closed: its case can go ahead from then on, at once and every time,
// so the loop turns as fast as the processor can. A handler that takes std::optional can tell, and so can one that
// changes something outside of itself, such as the handle that it then sets to nil.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/patterns.h"
#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

bool is_endless(const Stmt* loop, const ASTContext& context) {
  const Expr* condition = nullptr;
  if (const auto* counting = dyn_cast_or_null<ForStmt>(loop)) {
    if (counting->getCond() == nullptr) return true;
    condition = counting->getCond();
  } else if (const auto* repeated = dyn_cast_or_null<WhileStmt>(loop)) {
    condition = repeated->getCond();
  } else if (const auto* once = dyn_cast_or_null<DoStmt>(loop)) {
    condition = once->getCond();
  }
  bool outcome = false;
  return condition != nullptr && !condition->isValueDependent() &&
         condition->EvaluateAsBooleanCondition(outcome, context) && outcome;
}

// Is there a way out of the loop, other than by an exception of something that it calls?
bool can_be_left(const Stmt& loop) {
  bool left = false;
  walk(&loop, [&](const Stmt& each, Around around) {
    if (llvm::any_of(around, [](const Stmt* outer) { return isa<LambdaExpr>(outer); })) {
      left |= isa<CXXThrowExpr>(each);
      return;
    }
    if (isa<ReturnStmt, CoreturnStmt, CXXThrowExpr, GotoStmt>(each)) left = true;
    if (!isa<BreakStmt>(each)) return;
    for (const Stmt* outer : llvm::reverse(around))
      if (isa<SwitchStmt, ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(outer)) {
        left |= outer == &loop;
        return;
      }
  });
  return left;
}

enum class Handles { cannot_tell, may_act, can_tell };

// What the handler of a receive can do about a channel that is closed.
Handles what_it_handles(const Expr* handler) {
  if (handler == nullptr) return Handles::cannot_tell;
  const auto* lambda = dyn_cast_or_null<LambdaExpr>(plain(handler));
  if (lambda == nullptr || lambda->getCallOperator()->isDependentContext()) return Handles::can_tell;
  const CXXMethodDecl* body = lambda->getCallOperator();
  for (const ParmVarDecl* parameter : body->parameters()) {
    const CXXRecordDecl* record = parameter->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (record != nullptr && record->getIdentifier() != nullptr && record->getName() == "optional")
      return Handles::can_tell;
  }
  Handles what = Handles::cannot_tell;
  const auto at_least = [&](Handles other) { what = std::max(what, other); };
  walk(lambda->getBody(), [&](const Stmt& each, Around) {
    if (isa<CXXThrowExpr>(each)) at_least(Handles::can_tell);
    const auto* operation = dyn_cast<CXXOperatorCallExpr>(&each);
    if (operation != nullptr && operation->getOperator() == OO_Equal) at_least(Handles::can_tell);
    const auto* binary = dyn_cast<BinaryOperator>(&each);
    const auto* unary = dyn_cast<UnaryOperator>(&each);
    if ((binary != nullptr && binary->isAssignmentOp()) || (unary != nullptr && unary->isIncrementDecrementOp()))
      at_least(Handles::may_act);
    const auto* call = dyn_cast<CallExpr>(&each);
    if (call != nullptr && call->getDirectCallee() != nullptr && call->getDirectCallee()->isNoReturn())
      at_least(Handles::can_tell);
  });
  return what;
}

}  // namespace

void Simulation::see_closed_case(const CallExpr& select, Value channel, const Expr* handler, Disjunct& d) {
  if (!channel) return;
  const Stmt* loop = body_.loop_of(&select);
  if (loop == nullptr || !is_endless(loop, unit_.context())) return;
  const Handles what = what_it_handles(handler);
  const bool left = can_be_left(*loop);
  if (what == Handles::can_tell || (what == Handles::may_act && left)) return;
  ObjectState& state = d.objects[*channel];
  const Stmt* closed_by = state.status == Status::closed ? state.since : nullptr;
  const Stmt* closed_in = nullptr;
  for (const SpawnId task : d.spawned)
    for (const auto& [used, effect] : spawns_[task].effects)
      if (used == *channel && closed_by == nullptr && effect.must_close && !effect.escapes) {
        closed_by = spawns_[task].at;
        closed_in = effect.close_at;
      }
  if (closed_by == nullptr) return;
  // The same case again, and the channel is still the same.
  if (state.turned == &select) meet(Check::closed_spin, &select, *channel, true, closed_by, closed_in, left);
  state.turned = &select;
}

}  // namespace tenter::lint
