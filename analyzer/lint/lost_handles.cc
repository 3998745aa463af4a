// Cancel functions and threads that a path leaves without having touched them again, as go vet's lostcancel looks for them
// (golang.org/x/tools/go/analysis/passes/lostcancel): any mention counts as a use, whatever it does. Only a branch on
// `thread.joinable()` is none: where it says no, the path is done with the thread, and where it says yes, it is not.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

// A block that ends by asking whether the thread is joinable, and nothing else.
struct Question {
  const DeclRefExpr* mention;
  unsigned no;  // the successor where it is not
};
std::optional<Question> asks_joinable(const CFGBlock& block, const ValueDecl* what) {
  const auto* condition = dyn_cast_or_null<Expr>(block.getTerminatorCondition());
  if (condition == nullptr || block.succ_size() != 2) return std::nullopt;
  unsigned no = 1;
  condition = condition->IgnoreParenImpCasts();
  while (const auto* negation = dyn_cast<UnaryOperator>(condition)) {
    if (negation->getOpcode() != UO_LNot) return std::nullopt;
    no = 1 - no;
    condition = negation->getSubExpr()->IgnoreParenImpCasts();
  }
  const auto* call = dyn_cast<CXXMemberCallExpr>(condition);
  const CXXMethodDecl* method = call != nullptr ? call->getMethodDecl() : nullptr;
  if (method == nullptr || method->getIdentifier() == nullptr || method->getName() != "joinable") return std::nullopt;
  const auto* mention = dyn_cast<DeclRefExpr>(call->getImplicitObjectArgument()->IgnoreParenImpCasts());
  return mention != nullptr && mention->getDecl() == what ? std::optional(Question{mention, no}) : std::nullopt;
}

bool mentions(const CFGElement& element, const ValueDecl* what, const std::optional<Question>& asked) {
  const auto statement = element.getAs<CFGStmt>();
  if (!statement) return false;
  if (const auto* reference = dyn_cast<DeclRefExpr>(statement->getStmt()))
    return reference->getDecl() == what && !(asked && asked->mention == reference);
  if (const auto* lambda = dyn_cast<LambdaExpr>(statement->getStmt()))
    for (const LambdaCapture& capture : lambda->captures())
      if (capture.capturesVariable() && capture.getCapturedVar() == what) return true;
  return false;
}

bool mentions_after(const CFGBlock& block, unsigned first, const ValueDecl* what) {
  const auto asked = asks_joinable(block, what);
  for (unsigned i = first; i < block.size(); ++i)
    if (mentions(block[i], what, asked)) return true;
  return false;
}

// Does the loop run at least once, because what it goes over is written out?
bool runs_once(const CXXForRangeStmt& loop) {
  const Expr* range = plain(loop.getRangeInit());
  if (const auto* list = dyn_cast_or_null<CXXStdInitializerListExpr>(range)) range = list->getSubExpr();
  const auto* array = range != nullptr ? dyn_cast<ConstantArrayType>(range->getType().getCanonicalType()) : nullptr;
  return array != nullptr && array->getSize() != 0;
}

// The last block of a path from behind the element to the end that never mentions `what`; null: there is none.
const CFGBlock* untouched_end(const CFG& graph, const CFGBlock& start, unsigned element, const ValueDecl* what) {
  if (mentions_after(start, element + 1, what)) return nullptr;
  std::vector<const CFGBlock*> todo = {&start};
  llvm::DenseSet<const CFGBlock*> seen = {&start};
  while (!todo.empty()) {
    const CFGBlock* block = todo.back();
    todo.pop_back();
    if (block->hasNoReturnElement()) continue;
    const auto asked = asks_joinable(*block, what);
    for (unsigned i = 0; i < block->succ_size(); ++i) {
      if (asked && asked->no == i) continue;
      const CFGBlock* next = (block->succ_begin() + i)->getReachableBlock();
      if (next == &graph.getExit()) {
        if (!ends_by_failure(*block)) return block;
        continue;
      }
      if (next == nullptr || !seen.insert(next).second || mentions_after(*next, 0, what)) continue;
      const auto* loop = dyn_cast_or_null<CXXForRangeStmt>(next->getTerminatorStmt());
      if (loop != nullptr && next->succ_size() == 2 && runs_once(*loop)) {
        const CFGBlock* body = next->succ_begin()->getReachableBlock();
        if (body != nullptr && mentions_after(*body, 0, what)) continue;
      }
      todo.push_back(next);
    }
  }
  return nullptr;
}

}  // namespace

void Simulation::report_lost_handles() {
  for (const CFGBlock* block : *cfg_)
    for (unsigned i = 0; i < block->size(); ++i) {
      const auto element = (*block)[i].getAs<CFGStmt>();
      const auto* statement = element ? dyn_cast<DeclStmt>(element->getStmt()) : nullptr;
      const auto* variable =
          statement != nullptr && statement->isSingleDecl() ? dyn_cast<VarDecl>(statement->getSingleDecl()) : nullptr;
      if (variable == nullptr || variable->getInit() == nullptr || !variable->hasLocalStorage()) continue;
      const Expr* init = plain(variable->getInit());
      if (const auto* cast = dyn_cast_or_null<CXXFunctionalCastExpr>(init)) init = plain(cast->getSubExpr());
      const auto* call = dyn_cast_or_null<CallExpr>(init);
      const auto* construction = dyn_cast_or_null<CXXConstructExpr>(init);
      const auto* pair = dyn_cast<DecompositionDecl>(variable);
      const bool cancels = pair != nullptr && pair->bindings().size() == 2 && call != nullptr &&
                           call->getDirectCallee() != nullptr &&
                           unit_.model().role(*call->getDirectCallee()) == Role::cancel;
      const bool starts = pair == nullptr && unit_.model().kind(variable->getType()) == Kind::thread &&
                          construction != nullptr && construction->getNumArgs() != 0 &&
                          !construction->getConstructor()->isCopyOrMoveConstructor();
      if (!starts && (!cancels || unit_.is_main_task(function_))) continue;
      const ValueDecl* what = cancels ? static_cast<const ValueDecl*>(pair->bindings()[1]) : variable;
      const CFGBlock* end = untouched_end(*cfg_, *block, i, what);
      if (end == nullptr) continue;
      bool ever = false;
      for (const CFGBlock* other : *cfg_) ever |= mentions_after(*other, 0, what);
      const std::string name = what->getNameAsString();
      std::vector<Note> notes;
      for (const CFGElement& each : *end)
        if (const auto last = each.getAs<CFGStmt>(); ever && last && isa<ReturnStmt>(last->getStmt()))
          notes.push_back({last->getStmt()->getBeginLoc(), "this path leaves the function without it"});
      const std::string how = ever ? " on a path out of the function" : "";
      if (cancels)
        report(Check::lost_cancel, true, statement,
               "'" + name + "' is not called" + how + ", so the context is never cancelled", name, std::move(notes));
      else
        report(Check::thread_not_joined, true, statement,
               "the thread '" + name + "' is neither joined nor detached" + how + ", which ends the program", name,
               std::move(notes));
    }
}

}  // namespace tenter::lint
