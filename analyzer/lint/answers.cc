// Functions that start a task and return the channel on which it answers: whoever drops that channel leaves the task
// waiting for ever, if the channel has no room for the answer.
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/simulation.h"

namespace tenter::lint {

using namespace clang;

bool is_dropped(const CallExpr& call, const Body& body) {
  const Stmt* user = body.user_of(&call);
  if (isa_and_nonnull<CompoundStmt, LabelStmt, SwitchCase>(user)) return true;
  if (const auto* cast = dyn_cast_or_null<ExplicitCastExpr>(user)) return cast->getCastKind() == CK_ToVoid;
  const auto is_call = [&](const Stmt* part) {
    const auto* expression = dyn_cast_or_null<Expr>(part);
    return expression != nullptr && plain(expression) == &call;
  };
  if (const auto* choice = dyn_cast_or_null<IfStmt>(user))
    return is_call(choice->getThen()) || is_call(choice->getElse());
  if (const auto* loop = dyn_cast_or_null<ForStmt>(user))
    return is_call(loop->getBody()) || is_call(loop->getInc()) || is_call(loop->getInit());
  if (const auto* loop = dyn_cast_or_null<WhileStmt>(user)) return is_call(loop->getBody());
  if (const auto* loop = dyn_cast_or_null<CXXForRangeStmt>(user)) return is_call(loop->getBody());
  return false;
}

void Simulation::see_returned(Value channel, const Stmt* at, const Disjunct& d) {
  static_cast<void>(at);
  const Stmt* answer = nullptr;
  if (channel && is_made(*channel) && capacity(*channel) == 0) {
    const auto known = d.objects.find(*channel);
    bool others = known != d.objects.end() && (known->second.escaped || known->second.status == Status::closed);
    for (const SpawnId task : d.spawned)
      for (const auto& [used, effect] : spawns_[task].effects) {
        if (used != *channel) continue;
        others |= effect.may_recv || effect.may_range || effect.escapes;
        if (effect.plain_send && effect.must_send) answer = effect.send_at;
      }
    if (others) answer = nullptr;
  }
  answers_.push_back(answer);
}

void Simulation::see_dropped(const CallExpr& call) {
  const FunctionDecl* callee = call.getDirectCallee();
  if (!watching_ || callee == nullptr || unit_.model().kind(call.getType()) != Kind::channel) return;
  bool dropped = is_dropped(call, body_);
  if (const auto* declaration = dyn_cast_or_null<DeclStmt>(body_.user_of(&call));
      declaration != nullptr && declaration->isSingleDecl()) {
    const auto* variable = dyn_cast<VarDecl>(declaration->getSingleDecl());
    dropped |= variable != nullptr && variable->hasLocalStorage() && !variable->isReferenced();
  }
  if (!dropped || is_standard(*callee) || unit_.is_main_task(function_)) return;
  const auto* method = dyn_cast<CXXMethodDecl>(callee);
  if (method != nullptr && method->isVirtual()) return;
  const Summary* summary = unit_.summary_of(*callee);
  if (summary != nullptr && summary->answered_by != nullptr)
    meet(Check::result_dropped, &call, some_object, true, nullptr, summary->answered_by);
}

}  // namespace tenter::lint
