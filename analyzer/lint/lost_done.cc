// Wait groups that are waited for although done() is called too seldom. The variable is local, and every mention of it in
// the function and its lambdas is looked at, those by another name included: whatever is neither add(), done(), go() nor
// wait() may be somebody's done().
#include <algorithm>

#include <clang/AST/ExprCXX.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/AST/StmtCXX.h>
#include <clang/Basic/SourceManager.h>

#include "lint/conditions.h"
#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

// How much is added, where that is written out; 0: not known, or nothing.
std::int64_t number_added(const CallExpr& add, const ASTContext& context) {
  if (add.getNumArgs() != 1) return 0;
  const Expr* number = add.getArg(0);
  if (const auto* usual = dyn_cast<CXXDefaultArgExpr>(number)) number = usual->getExpr();
  Expr::EvalResult result;
  if (number->isValueDependent() || !number->EvaluateAsInt(result, context)) return 0;
  return std::max<std::int64_t>(result.Val.getInt().getExtValue(), 0);
}

struct Uses {
  std::vector<const CallExpr*> adds;  // of a number that is written out
  std::vector<const CallExpr*> dones;
  std::vector<const CallExpr*> waits;
  bool others = false;
};

class Mentions : public RecursiveASTVisitor<Mentions> {
 public:
  Mentions(const Model& model, const ASTContext& context) : model_(model), context_(context) {}
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const auto* object = dyn_cast<DeclRefExpr>(call->getImplicitObjectArgument()->IgnoreParenImpCasts());
    if (object == nullptr || call->getMethodDecl() == nullptr) return true;
    Uses& uses = uses_[object->getDecl()];
    switch (model_.role(*call->getMethodDecl())) {
      case Role::wg_add:
        if (number_added(*call, context_) == 0) return true;
        uses.adds.push_back(call);
        break;
      case Role::wg_done: uses.dones.push_back(call); break;
      case Role::wg_wait: uses.waits.push_back(call); break;
      case Role::wg_go: break;  // adds one, and calls done() for it
      default: return true;
    }
    understood_.insert(object);
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* mention) {
    mentions_.push_back(mention);
    return true;
  }
  // Another name for a variable: `WaitGroup& group = all`, `[&group = all]`, `[group = &all]`.
  bool VisitVarDecl(VarDecl* variable) {
    const Expr* init = variable->getInit() != nullptr ? variable->getInit()->IgnoreParenImpCasts() : nullptr;
    if (const auto* address = dyn_cast_or_null<UnaryOperator>(init))
      init = address->getOpcode() == UO_AddrOf ? address->getSubExpr()->IgnoreParenImpCasts() : nullptr;
    else if (!variable->getType()->isReferenceType()) return true;
    const auto* named = dyn_cast_or_null<DeclRefExpr>(init);
    if (named == nullptr || !variable->hasLocalStorage()) return true;
    names_[named->getDecl()].push_back(variable);
    understood_.insert(named);
    return true;
  }
  // That a lambda refers to it says nothing yet; what it does with it stands in its body.
  bool TraverseLambdaCapture(LambdaExpr* lambda, const LambdaCapture* capture, Expr* init) {
    const bool by_its_name = capture->capturesVariable() && !lambda->isInitCapture(capture);
    return by_its_name || RecursiveASTVisitor::TraverseLambdaCapture(lambda, capture, init);
  }
  Uses of(const ValueDecl& variable) const {
    const auto found = uses_.find(&variable);
    Uses uses = found != uses_.end() ? found->second : Uses{};
    for (const DeclRefExpr* mention : mentions_)
      uses.others |= mention->getDecl() == &variable && !understood_.contains(mention);
    if (const auto names = names_.find(&variable); names != names_.end())
      for (const VarDecl* name : names->second) {
        const Uses more = of(*name);
        uses.adds.insert(uses.adds.end(), more.adds.begin(), more.adds.end());
        uses.dones.insert(uses.dones.end(), more.dones.begin(), more.dones.end());
        uses.waits.insert(uses.waits.end(), more.waits.begin(), more.waits.end());
        uses.others |= more.others;
      }
    return uses;
  }

 private:
  const Model& model_;
  const ASTContext& context_;
  std::map<const ValueDecl*, Uses> uses_;
  std::map<const ValueDecl*, std::vector<const VarDecl*>> names_;
  std::vector<const DeclRefExpr*> mentions_;
  llvm::DenseSet<const DeclRefExpr*> understood_;
};

// How often done() can be called at most, beyond what was added right before by the same task.
class Count {
 public:
  Count(const Uses& uses, const Model& model, const ASTContext& context) : model_(model), context_(context) {
    adds_.insert(uses.adds.begin(), uses.adds.end());
    dones_.insert(uses.dones.begin(), uses.dones.end());
  }
  // Nothing where nobody can tell.
  std::optional<std::int64_t> most(const Stmt* body) {
    const std::int64_t all = walk(body, false);
    return known_ ? std::optional(all) : std::nullopt;
  }

 private:
  std::int64_t walk(const Stmt* statement, bool repeated) {
    if (statement == nullptr || !known_) return 0;
    if (isa<LabelStmt>(statement)) repeated = true;  // a goto may come back
    if (const auto* call = dyn_cast<CallExpr>(statement)) {
      if (dones_.contains(call)) {
        known_ &= !repeated;
        return 1;
      }
      const FunctionDecl* callee = call->getDirectCallee();
      const Role role = callee != nullptr ? model_.role(*callee) : Role::none;
      if (role == Role::go || role == Role::wg_go) return children(*statement, repeated, true);
    } else if (const auto* made = dyn_cast<CXXConstructExpr>(statement)) {
      if (model_.kind(made->getType()) == Kind::thread) return children(*statement, repeated, true);
    } else if (const auto* lambda = dyn_cast<LambdaExpr>(statement)) {
      // Whoever gets it may call it as often as he likes.
      body(*lambda, true);
      return 0;
    }
    const bool loop = isa<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt>(statement);
    return children(*statement, repeated || loop, false);
  }
  std::int64_t children(const Stmt& statement, bool repeated, bool starts_a_task) {
    std::int64_t sum = 0;
    for (const Stmt* child : statement.children()) {
      const auto* expression = dyn_cast_or_null<Expr>(child);
      const auto* lambda = expression != nullptr && starts_a_task
                               ? dyn_cast<LambdaExpr>(expression->IgnoreUnlessSpelledInSource()->IgnoreParenImpCasts())
                               : nullptr;
      sum += lambda != nullptr ? body(*lambda, repeated) : walk(child, repeated);
    }
    return sum;
  }
  std::int64_t body(const LambdaExpr& lambda, bool repeated) {
    std::int64_t added = 0, sum = 0;
    const auto* block = dyn_cast<CompoundStmt>(lambda.getBody());
    if (block == nullptr) return walk(lambda.getBody(), repeated);
    for (const Stmt* child : block->body()) {
      const auto* expression = dyn_cast<Expr>(child);
      const auto* call =
          expression != nullptr ? dyn_cast<CallExpr>(expression->IgnoreUnlessSpelledInSource()) : nullptr;
      if (call != nullptr && adds_.contains(call)) {
        added += number_added(*call, context_);
        continue;
      }
      const std::int64_t here = walk(child, repeated);
      const std::int64_t own = std::min(added, here);
      added -= own;
      sum += here - own;
    }
    return sum;
  }

  const Model& model_;
  const ASTContext& context_;
  llvm::DenseSet<const CallExpr*> adds_, dones_;
  bool known_ = true;
};

bool is_inside(const Stmt& inner, const Stmt& outer, const SourceManager& sources) {
  return !sources.isBeforeInTranslationUnit(inner.getBeginLoc(), outer.getBeginLoc()) &&
         !sources.isBeforeInTranslationUnit(outer.getEndLoc(), inner.getBeginLoc());
}

}  // namespace

void Simulation::report_lost_done() {
  const std::vector<const VarDecl*> groups =
      locals([&](QualType type) { return !type->isReferenceType() && unit_.model().kind(type) == Kind::wait_group; });
  if (groups.empty()) return;
  Mentions mentions(unit_.model(), unit_.context());
  mentions.TraverseStmt(const_cast<Stmt*>(function_.getBody()));
  for (const VarDecl* group : groups) {
    const Uses uses = mentions.of(*group);
    if (uses.others) continue;
    const std::string name = group->getNameAsString();
    const auto most = Count(uses, unit_.model(), unit_.context()).most(function_.getBody());
    bool told = false;
    for (const CallExpr* wait : uses.waits) {
      if (!where_.contains(wait) || told) continue;
      std::int64_t added = 0;
      const CallExpr* first = nullptr;
      for (const CallExpr* add : uses.adds) {
        if (!where_.contains(add) || !(dominates(add, wait) || (uses.dones.empty() && must_follow(add, wait))))
          continue;
        added += number_added(*add, unit_.context());
        if (first == nullptr) first = add;
      }
      if (first == nullptr || (!uses.dones.empty() && !(most && added > *most))) continue;
      const std::string why = uses.dones.empty() ? "nobody calls done() on '" + name + "'"
                                                 : "done() on '" + name + "' is called less often than was added";
      report(Check::done_missing, true, wait, "this waits for ever, because " + why, name,
             {{first->getExprLoc(), "added to here"}});
      told = true;
    }
    if (!told) report_skipped_done(*group, uses.adds, uses.dones);
  }
}

// The only task that could call done() comes to its end on a path without it. What was added for it was added in the same
// turn of a loop, if there is one, so that no other task can be meant to count it down.
void Simulation::report_skipped_done(const VarDecl& group, llvm::ArrayRef<const CallExpr*> adds,
                                     llvm::ArrayRef<const CallExpr*> dones) {
  const SourceManager& sources = unit_.context().getSourceManager();
  if (adds.size() != 1 || number_added(*adds[0], unit_.context()) != 1 || !where_.contains(adds[0])) return;
  for (const Spawn& task : spawns_) {
    if (task.lambda == nullptr || !where_.contains(task.at)) continue;
    const Effect* effect = nullptr;
    for (const auto& [object, its] : task.effects)
      if (const auto place = object != some_object ? unit_.places().object(object).place : std::nullopt)
        if (unit_.places().place(*place) == Place{cast<ValueDecl>(group.getCanonicalDecl()), {}}) effect = &its;
    if (effect == nullptr || effect->end_without_done == nullptr || effect->must_done) continue;
    if (!dominates(adds[0], task.at) || body_.loop_of(adds[0]) != body_.loop_of(task.at)) continue;
    const Stmt& inside = *task.lambda->getBody();
    if (!std::all_of(dones.begin(), dones.end(),
                     [&](const CallExpr* done) { return is_inside(*done, inside, sources); }))
      continue;
    // Whether it is to be counted at all may be what it decides by.
    if (have_common(words_of_conditions(&inside), words_of_conditions(function_.getBody()))) continue;
    const std::string name = group.getNameAsString();
    std::vector<Note> notes = {{start_of(task.at), "the task is started here"}};
    if (effect->done_at != nullptr) notes.insert(notes.begin(), {start_of(effect->done_at), "other paths do it here"});
    report(Check::done_missing, true, effect->end_without_done,
           "the task ends without the done() on '" + name + "' on a path", name, std::move(notes));
  }
}

}  // namespace tenter::lint
