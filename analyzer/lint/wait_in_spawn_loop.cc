// A loop that starts one task in each turn and waits in the same turn for all of them: `all.add(n)` stands before the
// loop, so the first wait is for tasks that later turns would start.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/patterns.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;

struct Call {
  const CXXMemberCallExpr* call;
  const Stmt* loop;    // the innermost around it
  const Stmt* parent;  // the statement that it is a direct part of
  bool in_lambda;
};

struct Group {
  std::vector<Call> adds, dones, waits;
  bool other = false;  // used in a way that is not understood
};

bool is_loop(const Stmt* statement) { return isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(statement); }

bool is_one(const CXXMemberCallExpr& add, const ASTContext& context) {
  if (add.getNumArgs() == 0) return true;
  const Expr* count = add.getArg(0);
  Expr::EvalResult result;
  return isa<CXXDefaultArgExpr>(count) ||
         (!count->isValueDependent() && count->EvaluateAsInt(result, context) && result.Val.getInt() == 1);
}

const Stmt* body_of(const Stmt* loop) {
  if (const auto* counting = dyn_cast<ForStmt>(loop)) return counting->getBody();
  if (const auto* range = dyn_cast<CXXForRangeStmt>(loop)) return range->getBody();
  if (const auto* repeated = dyn_cast<WhileStmt>(loop)) return repeated->getBody();
  return cast<DoStmt>(loop)->getBody();
}

std::vector<std::pair<PlaceId, Group>> groups_of(Unit& unit, const FunctionDecl& function) {
  std::vector<std::pair<PlaceId, Group>> groups;
  const auto group_at = [&](PlaceId place) -> Group& {
    for (auto& [known, group] : groups)
      if (known == place) return group;
    return groups.emplace_back(place, Group{}).second;
  };
  walk(function.getBody(), [&](const Stmt& statement, Around around) {
    const auto* use = dyn_cast<Expr>(&statement);
    if (use == nullptr || !isa<DeclRefExpr, MemberExpr>(use) || unit.model().kind(use->getType()) != Kind::wait_group)
      return;
    const auto place = unit.places().of(use);
    if (!place) return;
    Group& group = group_at(*place);
    const auto* member = around.empty() ? nullptr : dyn_cast<MemberExpr>(around.back());
    const auto* call = around.size() < 2 ? nullptr : dyn_cast<CXXMemberCallExpr>(around[around.size() - 2]);
    if (member == nullptr || call == nullptr || call->getMethodDecl() == nullptr) {
      // A capture of a lambda is none by itself.
      if (around.empty() || !isa<LambdaExpr>(around.back())) group.other = true;
      return;
    }
    Call seen{call, nullptr, around.size() < 3 ? nullptr : around[around.size() - 3], false};
    if (isa_and_nonnull<ExprWithCleanups>(seen.parent)) seen.parent = around[around.size() - 4];
    for (const Stmt* outer : llvm::reverse(around)) {
      if (isa<LambdaExpr>(outer)) seen.in_lambda = true;
      if (is_loop(outer) && seen.loop == nullptr) seen.loop = outer;
    }
    switch (unit.model().role(*call->getMethodDecl())) {
      case Role::wg_add: group.adds.push_back(seen); break;
      case Role::wg_done: group.dones.push_back(seen); break;
      case Role::wg_wait: group.waits.push_back(seen); break;
      default: group.other = true;
    }
  });
  return groups;
}

// The add, if the wait is for more tasks than its turn of the loop has started; null: it is right, or not understood.
const CXXMemberCallExpr* added_before(const Group& group, const Call& wait, const ASTContext& context) {
  if (wait.loop == nullptr || wait.in_lambda || wait.parent != body_of(wait.loop) || group.other) return nullptr;
  if (group.adds.size() != 1 || group.dones.size() != 1) return nullptr;
  const Call& add = group.adds.front();
  const Call& done = group.dones.front();
  if (add.loop != nullptr || add.in_lambda || is_one(*add.call, context)) return nullptr;
  if (!done.in_lambda || done.loop != wait.loop) return nullptr;
  return add.call;
}

}  // namespace

void report_waits_in_spawn_loops(Unit& unit, const FunctionDecl& function) {
  for (const auto& [place, group] : groups_of(unit, function))
    for (const Call& wait : group.waits) {
      const CXXMemberCallExpr* add = added_before(group, wait, unit.context());
      if (add == nullptr) continue;
      LintFinding finding;
      finding.check = Check::wait_in_spawn_loop;
      finding.where = wait.call->getExprLoc();
      finding.object = unit.places().name(place);
      finding.text = "this waits in the first turn of the loop for tasks that later turns start";
      finding.function = function.getQualifiedNameAsString();
      finding.notes.push_back({add->getExprLoc(), "all of them are added to '" + finding.object + "' here"});
      finding.notes.push_back({group.dones.front().call->getExprLoc(), "each task takes one away here"});
      unit.report(std::move(finding), function);
    }
}

}  // namespace tenter::lint
