#include "lint/unit.h"

#include <algorithm>
#include <tuple>

#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Lex/Lexer.h>

#include "lint/patterns.h"
#include "lint/simulation.h"
#include "lint/suppression.h"

namespace tenter::lint {
namespace {

using namespace clang;

// All functions with a body, callers before the lambdas inside of them.
class Collector : public RecursiveASTVisitor<Collector> {
 public:
  explicit Collector(const SourceManager& sources) : sources_(sources) {}
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return false; }
  bool TraverseDecl(Decl* declaration) {
    // Nothing of the system's headers is ours to judge, and they are most of a unit.
    if (declaration != nullptr && !isa<TranslationUnitDecl>(declaration) && declaration->getLocation().isValid() &&
        sources_.isInSystemHeader(declaration->getLocation()))
      return true;
    return RecursiveASTVisitor::TraverseDecl(declaration);
  }
  bool VisitFunctionDecl(FunctionDecl* function) {
    if (function->doesThisDeclarationHaveABody() && !function->isDependentContext() && !function->isInvalidDecl())
      functions.push_back(function);
    return true;
  }
  bool VisitLambdaExpr(LambdaExpr* lambda) {
    if (CXXMethodDecl* body = lambda->getCallOperator(); !body->isDependentContext()) functions.push_back(body);
    return true;
  }
  std::vector<const FunctionDecl*> functions;

 private:
  const SourceManager& sources_;
};

}  // namespace

std::vector<LintFinding> Unit::check() {
  Collector collector(context_.getSourceManager());
  for (Decl* declaration : context_.getTraversalScope()) collector.TraverseDecl(declaration);
  for (const FunctionDecl* function : collector.functions) {
    summary_of(*function);
    if (selection_.wants(Check::narrow_direction, true)) report_wide_parameters(*this, *function);
  }

  // One finding for what several instantiations of a template show.
  const SourceManager& sources = context_.getSourceManager();
  std::sort(findings_.begin(), findings_.end(), [&](const LintFinding& a, const LintFinding& b) {
    if (a.where != b.where) return sources.isBeforeInTranslationUnit(a.where, b.where);
    // Of two that are alike what is certain counts.
    return std::tie(a.check, a.object, b.certain, a.text) < std::tie(b.check, b.object, a.certain, b.text);
  });
  const auto same = [](const LintFinding& a, const LintFinding& b) {
    return a.where == b.where && a.check == b.check && a.object == b.object;
  };
  findings_.erase(std::unique(findings_.begin(), findings_.end(), same), findings_.end());
  return std::move(findings_);
}

const Summary* Unit::summary_of(const FunctionDecl& function) {
  const FunctionDecl* definition = nullptr;
  if (!function.hasBody(definition) || definition->isDependentContext() || definition->isInvalidDecl()) return nullptr;
  if (definition->getBody() == nullptr) return nullptr;
  const auto [known, fresh] = summaries_.try_emplace(definition, nullptr);
  if (!fresh) return known->second.get();
  if (context_.getSourceManager().isInSystemHeader(definition->getLocation())) return nullptr;
  Simulation simulation(*this, *definition);
  std::unique_ptr<Summary> summary = simulation.run();
  return (summaries_[definition] = std::move(summary)).get();
}

bool Unit::is_main_task(const FunctionDecl& function) const {
  return function.isMain() || main_tasks_.contains(function.getCanonicalDecl());
}

void Unit::report(LintFinding finding, const FunctionDecl& function) {
  if (!selection_.wants(finding.check, finding.certain)) return;
  const SourceManager& sources = context_.getSourceManager();
  finding.where = sources.getFileLoc(finding.where);
  if (sources.isInSystemHeader(finding.where)) return;
  const char* id = info(finding.check).id;
  for (const DeclContext* around = &function; around != nullptr; around = around->getParent())
    if (const auto* declaration = dyn_cast<FunctionDecl>(around); declaration && model_.allows(*declaration, id))
      return;
  if (is_suppressed(sources, finding.where, id)) return;
  for (Note& note : finding.notes) note.where = sources.getFileLoc(note.where);
  findings_.push_back(std::move(finding));
}

}  // namespace tenter::lint
