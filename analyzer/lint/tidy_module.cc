// The module for clang-tidy:
//
//   clang-tidy-19 -load .../tenter_tidy.so --checks=-*,tenter-* x.cc -- -std=c++20
//
// Each check is one of clang-tidy's, tenter-chan-double-close for instance, with its NOLINT, its options and its fixes. What
// is only possible comes with `Possible: true` in a check's options, and `tenter-SummaryIn: FILE` (several: with commas
// between them), for all of them, brings what other units have told of their functions.
#include <clang-tidy/ClangTidy.h>
#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>
#include <clang/ASTMatchers/ASTMatchers.h>
#include <clang/Lex/Preprocessor.h>

#include "lint/emit.h"
#include "lint/summary_import.h"
#include "lint/unit.h"

namespace tenter::lint {
// The word of an option that is on or off. clang-tidy's own for `bool` are templates whose symbols in its libraries a
// program that GCC compiles cannot name.
enum class Wanted : bool { no, yes };
}  // namespace tenter::lint

template <>
struct clang::tidy::OptionEnumMapping<tenter::lint::Wanted> {
  static llvm::ArrayRef<std::pair<tenter::lint::Wanted, llvm::StringRef>> getEnumMapping() {
    using tenter::lint::Wanted;
    static constexpr std::pair<Wanted, llvm::StringRef> words[] = {
        {Wanted::no, "false"}, {Wanted::yes, "true"}, {Wanted::no, "0"},   {Wanted::yes, "1"},
        {Wanted::no, "no"},    {Wanted::yes, "yes"},  {Wanted::no, "off"}, {Wanted::yes, "on"}};
    return words;
  }
};

namespace tenter::lint {
namespace {

using namespace clang;
using namespace clang::tidy;

// All checks look at a unit together, as one simulation serves all; each takes its own from what was found. Nothing is kept
// from one unit to the next, and clangd works on several at a time, each on a thread of its own.
struct Found {
  const ASTContext* in = nullptr;
  std::vector<LintFinding> findings;
};
thread_local Found found_last;

// What the files tell, read anew for each unit: an editor goes on while others write them.
Imports imports_from(llvm::StringRef files, std::string& problem) {
  Imports imports;
  llvm::SmallVector<llvm::StringRef> names;
  files.split(names, ',', -1, /*KeepEmpty=*/false);
  for (const llvm::StringRef name : names)
    if (const std::string trouble = imports.add(name.trim().str()); problem.empty()) problem = trouble;
  return imports;
}

class TidyCheck : public ClangTidyCheck {
 public:
  TidyCheck(const CheckInfo& what, llvm::StringRef name, ClangTidyContext* context)
      : ClangTidyCheck(name, context),
        possible_(Options.get("Possible", Wanted::no, /*IgnoreCase=*/true)),
        summary_in_(Options.getLocalOrGlobal("SummaryIn", "")) {
    static_cast<void>(selection_.parse(std::string("-*,") + what.id + (possible_ == Wanted::yes ? ",possible" : "")));
  }
  void storeOptions(ClangTidyOptions::OptionMap& options) override {
    Options.store(options, "Possible", possible_);
    Options.store(options, "SummaryIn", summary_in_);
  }
  void registerPPCallbacks(const SourceManager&, Preprocessor* preprocessor, Preprocessor*) override {
    const std::string line = std::string("#define ") + linting_macro + " 1\n";
    if (preprocessor->getPredefines().find(line) == std::string::npos)
      preprocessor->setPredefines(preprocessor->getPredefines() + line);
  }
  void registerMatchers(ast_matchers::MatchFinder* finder) override {
    finder->addMatcher(ast_matchers::translationUnitDecl().bind("unit"), this);
  }
  void onStartOfTranslationUnit() override { found_last = {}; }
  void check(const ast_matchers::MatchFinder::MatchResult& result) override {
    if (result.Context->getDiagnostics().hasErrorOccurred()) return;
    if (found_last.in != result.Context) {
      Selection all;
      static_cast<void>(all.parse("*,possible"));
      std::string problem;
      const Imports imports = imports_from(summary_in_, problem);
      if (!problem.empty()) configurationDiag("%0") << problem;
      found_last = {result.Context, Unit(*result.Context, all, &imports).check()};
    }
    for (const LintFinding& finding : found_last.findings) {
      if (!selection_.wants(finding.check, finding.certain)) continue;
      {
        DiagnosticBuilder builder = diag(finding.where, "%0");
        builder << (finding.certain ? "" : "possibly, ") + finding.text;
        for (const FixIt& fix : finding.fixes) {
          if (fix.remove.isValid()) builder << FixItHint::CreateRemoval(fix.remove);
          else builder << FixItHint::CreateInsertion(fix.insert_at, fix.insert);
        }
      }
      for (const Note& note : finding.notes) diag(note.where, "%0", DiagnosticIDs::Note) << note.text;
    }
  }

 private:
  const Wanted possible_;
  const std::string summary_in_;
  Selection selection_;
};

class Module : public ClangTidyModule {
 public:
  void addCheckFactories(ClangTidyCheckFactories& factories) override {
    for (const CheckInfo& each : all_checks())
      factories.registerCheckFactory(std::string("tenter-") + each.id,
                                     [&each](llvm::StringRef name, ClangTidyContext* context) {
                                       return std::make_unique<TidyCheck>(each, name, context);
                                     });
  }
};

const ClangTidyModuleRegistry::Add<Module> registered("tenter", "channels, tasks and locks, checked before they run");

}  // namespace
}  // namespace tenter::lint
