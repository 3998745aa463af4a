// The checks as a program of their own, for `tenter lint`, which starts one for each source file:
//
//   tenter-lint [--checks=LIST] [--summary-in=FILE...] [--summary-out=FILE] (-p DIR | --args) FILE [ARGS...]
//   tenter-lint [--checks=LIST] [--whole-program] [--summary-in=FILE...] --link=FILE SUMMARY...
//
// With -p the command is that of DIR/compile_commands.json, with --args it is what follows. Standard output gets one JSON
// document: what was found in the file, and how many errors the compiler saw; or the problem that there was. Exit status: 0
// it was read, 2 wrong usage, 3 there is no command for the file. With --summary-out the file's functions are summed up for
// other units; --link makes one summary of several (link.h), and names the units that have to be read again with it.
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Tooling/CompilationDatabase.h>
#include <clang/Tooling/JSONCompilationDatabase.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

#include "lint/command.h"
#include "lint/link.h"
#include "lint/summary_export.h"
#include "lint/summary_import.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;
namespace json = llvm::json;

// Whoever started us tells the user.
int stop(int status, const std::string& sentence) {
  llvm::outs() << json::Value(json::Object{{"problem", sentence}}) << '\n';
  return status;
}

// Counts the errors and keeps the first.
class Errors : public DiagnosticConsumer {
 public:
  void HandleDiagnostic(DiagnosticsEngine::Level level, const Diagnostic& diagnostic) override {
    DiagnosticConsumer::HandleDiagnostic(level, diagnostic);
    if (level < DiagnosticsEngine::Error || !first.empty()) return;
    llvm::SmallString<128> text;
    diagnostic.FormatDiagnostic(text);
    if (diagnostic.hasSourceManager() && diagnostic.getLocation().isValid()) {
      const PresumedLoc place = diagnostic.getSourceManager().getPresumedLoc(diagnostic.getLocation());
      if (place.isValid()) first = std::string(place.getFilename()) + ":" + std::to_string(place.getLine()) + ": ";
    }
    first += text.str();
  }
  std::string first;
};

json::Object place_of(const SourceManager& sources, SourceLocation where) {
  const PresumedLoc place = sources.getPresumedLoc(where);
  if (place.isInvalid()) return json::Object{{"file", ""}, {"line", 0}, {"column", 0}};
  llvm::SmallString<256> file(place.getFilename());
  sources.getFileManager().makeAbsolutePath(file);
  llvm::sys::path::remove_dots(file, /*remove_dot_dot=*/true);
  return json::Object{{"file", std::string(file.str())}, {"line", place.getLine()}, {"column", place.getColumn()}};
}

// What is done with each file, and what came of it.
struct Job {
  Selection selection;
  std::optional<Imports> imports;
  std::string summary_out;
  json::Array findings;
  std::string problem;
};

class Consumer : public ASTConsumer {
 public:
  explicit Consumer(Job& job) : job_(job) {}
  void HandleTranslationUnit(ASTContext& context) override {
    if (context.getDiagnostics().hasErrorOccurred()) return;
    Unit unit(context, job_.selection, job_.imports ? &*job_.imports : nullptr);
    if (!job_.summary_out.empty()) unit.leave_orders_to_the_link();
    const std::vector<LintFinding> found = unit.check();
    if (!job_.summary_out.empty() && !write_summary(exported(unit), job_.summary_out))
      job_.problem = job_.summary_out + " cannot be written";
    for (const LintFinding& finding : found) {
      json::Object one = place_of(context.getSourceManager(), finding.where);
      json::Array notes;
      for (const Note& note : finding.notes) {
        json::Object place = place_of(context.getSourceManager(), note.where);
        place["text"] = note.text;
        notes.push_back(std::move(place));
      }
      one["check"] = info(finding.check).id;
      one["certain"] = finding.certain;
      one["text"] = finding.text;
      one["object"] = finding.object;
      one["function"] = finding.function;
      one["notes"] = std::move(notes);
      job_.findings.push_back(std::move(one));
    }
  }

 private:
  Job& job_;
};

class Action : public ASTFrontendAction {
 public:
  explicit Action(Job& job) : job_(job) {}
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance&, llvm::StringRef) override {
    return std::make_unique<Consumer>(job_);
  }

 private:
  Job& job_;
};

class Factory : public tooling::FrontendActionFactory {
 public:
  explicit Factory(Job& job) : job_(job) {}
  std::unique_ptr<FrontendAction> create() override { return std::make_unique<Action>(job_); }

 private:
  Job& job_;
};

tooling::CommandLineArguments adjusted(const tooling::CommandLineArguments& command, llvm::StringRef) {
  // PREFIX/lib/tenterhook/tenter-lint
  tooling::CommandLineArguments better = command_for_checks(command, prefix_above(3));
  const std::vector<std::string> quiet = {"-w", "-Qunused-arguments",
                                          "-fno-caret-diagnostics",  // else clang counts errors on standard error
                                          "-resource-dir=" TENTER_CLANG_RESOURCE_DIR};
  better.insert(better.begin() + 1, quiet.begin(), quiet.end());
  return better;
}

// The checks that were wanted, where not all were that usually are: for the others silence says nothing.
json::Array narrowed_to(const Selection& selection) {
  json::Array wanted;
  bool narrowed = false;
  for (const CheckInfo& check : all_checks()) {
    if (selection.wants(check.check, /*certain=*/true)) wanted.push_back(check.id);
    else if (check.by_default) narrowed = true;
  }
  return narrowed ? std::move(wanted) : json::Array();
}

int link(const std::string& program, const std::vector<std::string>& files, const std::vector<std::string>& libraries,
         const Selection& selection, bool whole_program) {
  std::vector<json::Object> units, given;
  std::string problem;
  for (const std::string& file : files) units.push_back(read_summary(file, problem));
  for (const std::string& library : libraries) given.push_back(read_summary(library, problem));
  if (!problem.empty()) return stop(3, problem);
  Linked linked = link_units(units, given, selection, whole_program);
  if (!write_summary(linked.program, program)) return stop(3, program + " cannot be written");
  llvm::outs() << json::Value(
                      json::Object{{"again", json::Array(linked.again)}, {"findings", std::move(linked.findings)}})
               << '\n';
  return 0;
}

int run(std::vector<std::string> words) {
  Job job;
  Selection& selection = job.selection;
  bool whole_program = false;
  std::string program;
  std::vector<std::string> files, summaries;
  std::string folder, file, problem;
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const llvm::StringRef word = words[i];
    if (word.starts_with("--checks=")) {
      if (const std::string unknown = selection.parse(word.substr(9)); !unknown.empty())
        return stop(2, "'" + unknown + "' names no check; --list-checks shows all of them");
    } else if (word.starts_with("--summary-in=")) {
      summaries.push_back(word.substr(13).str());
    } else if (word.starts_with("--summary-out=")) {
      job.summary_out = word.substr(14);
    } else if (word.starts_with("--link=")) {
      program = word.substr(7);
    } else if (word == "--whole-program") {
      whole_program = true;
    } else if (word == "--list-checks") {
      for (const CheckInfo& check : all_checks())
        llvm::outs() << check.id << (check.by_default ? "" : " (on request)") << ": " << check.summary << '\n';
      return 0;
    } else if (word == "-p" && i + 1 < words.size()) {
      folder = words[++i];
    } else if (word == "--args" && i + 1 < words.size()) {
      file = words[i + 1];
      arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 2, words.end());
      break;
    } else {
      file = words[i];
      files.push_back(file);
    }
  }
  if (!program.empty()) return link(program, files, summaries, selection, whole_program);
  for (const std::string& summary : summaries) {
    if (!job.imports) job.imports.emplace();
    if (problem = job.imports->add(summary); !problem.empty()) return stop(3, problem);
  }
  if (file.empty()) return stop(2, "which file?");
  std::unique_ptr<tooling::CompilationDatabase> commands;
  if (folder.empty()) commands = std::make_unique<tooling::FixedCompilationDatabase>(".", arguments);
  else
    commands = tooling::JSONCompilationDatabase::loadFromFile(folder + "/compile_commands.json", problem,
                                                              tooling::JSONCommandLineSyntax::AutoDetect);
  if (commands == nullptr) return stop(3, problem);
  if (commands->getCompileCommands(file).empty())
    return stop(3, folder + "/compile_commands.json has no command for " + file);

  Errors errors;
  tooling::ClangTool tool(*commands, {file});
  tool.setDiagnosticConsumer(&errors);
  tool.setPrintErrorMessage(false);
  tool.appendArgumentsAdjuster(adjusted);
  Factory factory(job);
  tool.run(&factory);
  if (!job.problem.empty()) return stop(3, job.problem);
  llvm::outs() << json::Value(json::Object{{"errors", errors.getNumErrors()},
                                           {"first_error", errors.first},
                                           {"narrowed_to", narrowed_to(selection)},
                                           {"findings", std::move(job.findings)}})
               << '\n';
  return 0;
}

}  // namespace
}  // namespace tenter::lint

int main(int argc, char** argv) { return tenter::lint::run({argv + 1, argv + argc}); }
