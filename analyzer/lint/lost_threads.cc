// Threads in a container that is given nothing but new threads, and that nobody takes any out of again: its destructor ends the
// program. The container is local, and each mention of it in the function and its lambdas is looked at.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/AST/StmtCXX.h>

#include "lint/lost_threads.h"
#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

bool is_one_of(const NamedDecl* declaration, llvm::ArrayRef<llvm::StringRef> names) {
  return declaration != nullptr && declaration->getIdentifier() != nullptr &&
         llvm::is_contained(names, declaration->getName());
}

class Mentions : public RecursiveASTVisitor<Mentions> {
 public:
  explicit Mentions(const Model& model) : model_(model) {}

  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const auto* object = dyn_cast<DeclRefExpr>(call->getImplicitObjectArgument()->IgnoreParenImpCasts());
    if (object == nullptr) return true;
    const CXXMethodDecl* method = call->getMethodDecl();
    if (is_one_of(method, {"joinable", "get_id", "reserve", "size", "empty", "capacity"})) harmless_.insert(object);
    if (!is_one_of(method, {"emplace_back", "emplace_front", "push_back", "push_front"})) return true;
    harmless_.insert(object);
    if (call->getNumArgs() != 0 && is_started(*call->getArg(0))) starts_[object->getDecl()].push_back(call);
    return true;
  }
  // A loop over it only hands the threads on to its variable.
  bool VisitCXXForRangeStmt(CXXForRangeStmt* loop) {
    const auto* range = dyn_cast<DeclRefExpr>(loop->getRangeInit()->IgnoreParenImpCasts());
    const VarDecl* each = loop->getLoopVariable();
    if (range == nullptr || each == nullptr || isa<DecompositionDecl>(each)) return true;
    harmless_.insert(range);
    elements_[range->getDecl()].push_back(each);
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* mention) {
    mentions_[mention->getDecl()].push_back(mention);
    return true;
  }
  // That a lambda refers to it says nothing yet; what it does with it stands in its body.
  bool TraverseLambdaCapture(LambdaExpr* lambda, const LambdaCapture* capture, Expr* init) {
    const bool refers =
        capture->capturesVariable() && !lambda->isInitCapture(capture) && capture->getCaptureKind() == LCK_ByRef;
    return refers || RecursiveASTVisitor::TraverseLambdaCapture(lambda, capture, init);
  }

  // Where threads are put into it that stay there; empty where somebody may join them.
  std::vector<const CallExpr*> left_in(const VarDecl& container) const {
    if (is_used(&container)) return {};
    if (const auto elements = elements_.find(&container); elements != elements_.end())
      for (const VarDecl* each : elements->second)
        if (is_used(each)) return {};
    const auto starts = starts_.find(&container);
    return starts != starts_.end() ? starts->second : std::vector<const CallExpr*>{};
  }

 private:
  bool is_used(const ValueDecl* what) const {
    const auto mentions = mentions_.find(what);
    return mentions != mentions_.end() &&
           llvm::any_of(mentions->second, [&](const DeclRefExpr* each) { return !harmless_.contains(each); });
  }
  // A thread that certainly runs: made of a function here, and not one that was moved from somewhere.
  bool is_started(const Expr& argument) const {
    if (model_.kind(argument.getType()) != Kind::thread) return true;
    const Expr* inner = plain(&argument);
    if (const auto* cast = dyn_cast_or_null<CXXFunctionalCastExpr>(inner)) inner = plain(cast->getSubExpr());
    const auto* made = dyn_cast_or_null<CXXConstructExpr>(inner);
    return made != nullptr && made->getNumArgs() != 0 && !made->getConstructor()->isCopyOrMoveConstructor();
  }

  const Model& model_;
  llvm::DenseSet<const DeclRefExpr*> harmless_;
  std::map<const ValueDecl*, std::vector<const DeclRefExpr*>> mentions_;
  std::map<const ValueDecl*, std::vector<const VarDecl*>> elements_;
  std::map<const ValueDecl*, std::vector<const CallExpr*>> starts_;
};

}  // namespace

bool holds_threads(QualType type, const Model& model) {
  const auto* record = dyn_cast_or_null<ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  return record != nullptr && is_standard(*record) && is_one_of(record, {"vector", "deque", "list"}) &&
         record->getTemplateArgs().size() != 0 && record->getTemplateArgs()[0].getKind() == TemplateArgument::Type &&
         model.kind(record->getTemplateArgs()[0].getAsType()) == Kind::thread;
}

void Simulation::report_lost_threads() {
  const std::vector<const VarDecl*> containers =
      locals([&](QualType type) { return holds_threads(type, unit_.model()); });
  if (containers.empty()) return;
  Mentions mentions(unit_.model());
  mentions.TraverseStmt(const_cast<Stmt*>(function_.getBody()));
  for (const VarDecl* container : containers) {
    const std::vector<const CallExpr*> starts = mentions.left_in(*container);
    if (starts.empty()) continue;
    const std::string name = container->getNameAsString();
    report(Check::thread_not_joined, true, starts.front(),
           "the threads in '" + name + "' are neither joined nor detached, which ends the program", name,
           {{container->getLocation(), "it ends with the block that it is declared in"}});
  }
}

}  // namespace tenter::lint
