// The plug-in for clang:
//
//   clang++-19 -fplugin=.../tenter_lint.so -fplugin-arg-tenter_lint-checks=chan-*,possible x.cc
//
// -fplugin-arg-tenter_lint-summary-out=FILE sums up the unit's functions for others, and summary-in=FILE, as often as wanted,
// takes what others have told.
//
// It runs beside the ordinary compilation and leaves what that makes as it is.
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendPluginRegistry.h>
#include <clang/Lex/Preprocessor.h>

#include "lint/emit.h"
#include "lint/summary_export.h"
#include "lint/summary_import.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;

class Consumer : public ASTConsumer {
 public:
  Consumer(Selection selection, std::shared_ptr<const Imports> imports, std::string summary_out)
      : selection_(std::move(selection)), imports_(std::move(imports)), summary_out_(std::move(summary_out)) {}
  void HandleTranslationUnit(ASTContext& context) override {
    // Of a program with errors not everything is known.
    if (context.getDiagnostics().hasErrorOccurred()) return;
    Unit unit(context, selection_, imports_.get());
    const std::vector<LintFinding> findings = unit.check();
    DiagnosticsEngine& diagnostics = context.getDiagnostics();
    if (!summary_out_.empty() && !write_summary(exported(unit), summary_out_))
      diagnostics.Report(diagnostics.getCustomDiagID(DiagnosticsEngine::Error, "tenter_lint: %0 cannot be written"))
          << summary_out_;
    emit(findings, diagnostics);
  }

 private:
  Selection selection_;
  std::shared_ptr<const Imports> imports_;
  std::string summary_out_;
};

class Action : public PluginASTAction {
 protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance& compiler, llvm::StringRef) override {
    Preprocessor& preprocessor = compiler.getPreprocessor();
    preprocessor.setPredefines(preprocessor.getPredefines() + "#define " + linting_macro + " 1\n");
    return std::make_unique<Consumer>(selection_, imports_, summary_out_);
  }
  bool ParseArgs(const CompilerInstance& compiler, const std::vector<std::string>& arguments) override {
    for (llvm::StringRef argument : arguments) {
      DiagnosticsEngine& diagnostics = compiler.getDiagnostics();
      if (argument.consume_front("summary-out=")) {
        summary_out_ = argument.str();
        continue;
      }
      if (argument.consume_front("summary-in=")) {
        if (const std::string problem = imports_->add(argument.str()); !problem.empty()) {
          diagnostics.Report(diagnostics.getCustomDiagID(DiagnosticsEngine::Error, "%0")) << problem;
          return false;
        }
        continue;
      }
      if (!argument.consume_front("checks=")) {
        diagnostics.Report(diagnostics.getCustomDiagID(
            DiagnosticsEngine::Error,
            "tenter_lint knows the arguments checks=LIST, summary-in=FILE and summary-out=FILE, and not '%0'"))
            << argument;
        return false;
      }
      if (const std::string unknown = selection_.parse(argument); !unknown.empty()) {
        diagnostics.Report(diagnostics.getCustomDiagID(
            DiagnosticsEngine::Error, "'%0' names no check; `tenter lint --list-checks` shows all of them"))
            << unknown;
        return false;
      }
    }
    return true;
  }
  ActionType getActionType() override { return AddBeforeMainAction; }

 private:
  Selection selection_;
  std::shared_ptr<Imports> imports_ = std::make_shared<Imports>();
  std::string summary_out_;
};

const FrontendPluginRegistry::Add<Action> registered("tenter_lint",
                                                     "channels, tasks and locks, checked before they run");

}  // namespace
}  // namespace tenter::lint
