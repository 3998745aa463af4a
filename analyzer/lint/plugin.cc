// The plug-in for clang:
//
//   clang++-19 -fplugin=.../tenter_lint.so -fplugin-arg-tenter_lint-checks=chan-*,possible x.cc
//
// It runs beside the ordinary compilation and leaves what that makes as it is.
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendPluginRegistry.h>
#include <clang/Lex/Preprocessor.h>

#include "lint/emit.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;

class Consumer : public ASTConsumer {
 public:
  explicit Consumer(Selection selection) : selection_(std::move(selection)) {}
  void HandleTranslationUnit(ASTContext& context) override {
    // Of a program with errors not everything is known.
    if (context.getDiagnostics().hasErrorOccurred()) return;
    emit(Unit(context, selection_).check(), context.getDiagnostics());
  }

 private:
  Selection selection_;
};

class Action : public PluginASTAction {
 protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance& compiler, llvm::StringRef) override {
    Preprocessor& preprocessor = compiler.getPreprocessor();
    preprocessor.setPredefines(preprocessor.getPredefines() + "#define " + linting_macro + " 1\n");
    return std::make_unique<Consumer>(selection_);
  }
  bool ParseArgs(const CompilerInstance& compiler, const std::vector<std::string>& arguments) override {
    for (llvm::StringRef argument : arguments) {
      DiagnosticsEngine& diagnostics = compiler.getDiagnostics();
      if (!argument.consume_front("checks=")) {
        diagnostics.Report(diagnostics.getCustomDiagID(DiagnosticsEngine::Error,
                                                       "tenter_lint knows the argument checks=LIST, and not '%0'"))
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
};

const FrontendPluginRegistry::Add<Action> registered("tenter_lint",
                                                     "channels, tasks and locks, checked before they run");

}  // namespace
}  // namespace tenter::lint
