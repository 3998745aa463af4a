// Wait groups that are waited for although nobody ever says done(). The variable is local, and every mention of it in the
// function and its lambdas is looked at: whatever is neither an add() nor a wait() may be somebody's done().
#include <clang/AST/ExprCXX.h>
#include <clang/AST/RecursiveASTVisitor.h>

#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

struct Uses {
  std::vector<const CallExpr*> adds;  // of a number that is written out
  std::vector<const CallExpr*> waits;
  bool others = false;
};

bool adds_for_certain(const CallExpr& add, const ASTContext& context) {
  if (add.getNumArgs() != 1) return false;
  const Expr* number = add.getArg(0);
  if (const auto* usual = dyn_cast<CXXDefaultArgExpr>(number)) number = usual->getExpr();
  Expr::EvalResult result;
  return !number->isValueDependent() && number->EvaluateAsInt(result, context) &&
         result.Val.getInt().isStrictlyPositive();
}

class Mentions : public RecursiveASTVisitor<Mentions> {
 public:
  Mentions(const Model& model, const ASTContext& context) : model_(model), context_(context) {}
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const auto* object = dyn_cast<DeclRefExpr>(call->getImplicitObjectArgument()->IgnoreParenImpCasts());
    if (object == nullptr || call->getMethodDecl() == nullptr) return true;
    const Role role = model_.role(*call->getMethodDecl());
    if (role == Role::wg_add && adds_for_certain(*call, context_)) uses_[object->getDecl()].adds.push_back(call);
    else if (role == Role::wg_wait) uses_[object->getDecl()].waits.push_back(call);
    else return true;
    understood_.insert(object);
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* mention) {
    mentions_.push_back(mention);
    return true;
  }
  // That a lambda refers to it says nothing yet; what it does with it stands in its body.
  bool TraverseLambdaCapture(LambdaExpr* lambda, const LambdaCapture* capture, Expr* init) {
    const bool by_its_name = capture->capturesVariable() && !lambda->isInitCapture(capture);
    return by_its_name || RecursiveASTVisitor::TraverseLambdaCapture(lambda, capture, init);
  }
  Uses of(const VarDecl& variable) const {
    const auto found = uses_.find(&variable);
    Uses uses = found != uses_.end() ? found->second : Uses{};
    for (const DeclRefExpr* mention : mentions_)
      uses.others |= mention->getDecl() == &variable && !understood_.contains(mention);
    return uses;
  }

 private:
  const Model& model_;
  const ASTContext& context_;
  std::map<const ValueDecl*, Uses> uses_;
  std::vector<const DeclRefExpr*> mentions_;
  llvm::DenseSet<const DeclRefExpr*> understood_;
};

}  // namespace

void Simulation::report_lost_done() {
  std::vector<const VarDecl*> groups;
  for (const CFGBlock* block : *cfg_)
    for (const CFGElement& element : *block) {
      const auto each = element.getAs<CFGStmt>();
      const auto* statement = each ? dyn_cast<DeclStmt>(each->getStmt()) : nullptr;
      if (statement == nullptr) continue;
      for (const Decl* declared : statement->decls())
        if (const auto* variable = dyn_cast<VarDecl>(declared);
            variable != nullptr && variable->hasLocalStorage() && !variable->getType()->isReferenceType() &&
            unit_.model().kind(variable->getType()) == Kind::wait_group)
          groups.push_back(variable);
    }
  if (groups.empty()) return;
  Mentions mentions(unit_.model(), unit_.context());
  mentions.TraverseStmt(const_cast<Stmt*>(function_.getBody()));
  for (const VarDecl* group : groups) {
    const Uses uses = mentions.of(*group);
    if (uses.others) continue;
    const std::string name = group->getNameAsString();
    for (const CallExpr* wait : uses.waits)
      for (const CallExpr* add : uses.adds) {
        if (!where_.contains(wait) || !where_.contains(add) || !(dominates(add, wait) || must_follow(add, wait)))
          continue;
        report(Check::done_missing, true, wait, "this waits for ever, because nobody calls done() on '" + name + "'",
               name, {{add->getExprLoc(), "added to here"}});
        break;
      }
  }
}

}  // namespace tenter::lint
