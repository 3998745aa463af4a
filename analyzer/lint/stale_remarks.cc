// Remarks that silence a check of ours where it says nothing: left over from code that was mended since, they would hide the
// next mistake. Only possibly so: what other files show, or another configuration, is not known here. Read is the main
// file, because what is in headers may be meant for others that include them.
#include <clang/AST/DeclCXX.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Lex/Lexer.h>
#include <llvm/ADT/StringExtras.h>

#include "lint/patterns.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;

const CheckInfo* check_named(llvm::StringRef id) {
  for (const CheckInfo& each : all_checks())
    if (id == each.id) return &each;
  return nullptr;
}

// Calls `see` for each of our checks that a comment silences, by its name, with the offset of the word that does.
void read_remarks(llvm::StringRef comment, unsigned offset, llvm::function_ref<void(unsigned, llvm::StringRef)> see) {
  for (std::size_t at = comment.find("NOLINT"); at != llvm::StringRef::npos; at = comment.find("NOLINT", at + 1)) {
    llvm::StringRef rest = comment.substr(at + 6);
    if (!rest.consume_front("NEXTLINE")) rest.consume_front("BEGIN");
    if (!rest.consume_front("(")) continue;
    llvm::SmallVector<llvm::StringRef> words;
    rest.split(')').first.split(words, ',');
    for (llvm::StringRef word : words) {
      word = word.trim();
      if (word.consume_front("tenter-")) see(offset + static_cast<unsigned>(at), word);
    }
  }
}

// The function around the place; null: none is. A lambda has no name to tell.
const FunctionDecl* function_around(SourceLocation where, llvm::ArrayRef<const FunctionDecl*> functions,
                                    const SourceManager& sources) {
  const FunctionDecl* innermost = nullptr;
  for (const FunctionDecl* function : functions) {
    const auto* method = dyn_cast<CXXMethodDecl>(function);
    if (method != nullptr && method->getParent()->isLambda()) continue;
    const SourceLocation begin = sources.getFileLoc(function->getBeginLoc());
    const SourceLocation end = sources.getFileLoc(function->getEndLoc());
    if (!sources.isPointWithin(where, begin, end)) continue;
    if (innermost == nullptr || sources.isBeforeInTranslationUnit(sources.getFileLoc(innermost->getBeginLoc()), begin))
      innermost = function;
  }
  return innermost;
}

}  // namespace

void report_stale_remarks(Unit& unit, llvm::ArrayRef<const FunctionDecl*> functions) {
  const SourceManager& sources = unit.context().getSourceManager();
  const FileID file = sources.getMainFileID();
  const auto report = [&](SourceLocation where, llvm::StringRef id, const FunctionDecl* function) {
    const CheckInfo* check = check_named(id);
    if (check == nullptr || !unit.wants(check->check)) return;
    LintFinding finding;
    finding.check = Check::contract_mismatch;
    finding.certain = false;
    finding.where = where;
    finding.object = check->id;
    finding.text = std::string("this silences tenter-") + check->id + ", of which nothing is said here";
    if (function != nullptr) finding.function = function->getQualifiedNameAsString();
    unit.report(std::move(finding), function);
  };
  bool invalid = false;
  const llvm::StringRef text = sources.getBufferData(file, &invalid);
  if (!invalid && text.contains("NOLINT")) {
    Lexer lexer(sources.getLocForStartOfFile(file), unit.context().getLangOpts(), text.begin(), text.begin(),
                text.end());
    lexer.SetCommentRetentionState(true);
    for (Token token; !lexer.LexFromRawLexer(token);)
      if (token.is(tok::comment)) {
        const unsigned offset = sources.getFileOffset(token.getLocation());
        read_remarks(text.substr(offset, token.getLength()), offset, [&](unsigned at, llvm::StringRef id) {
          if (unit.has_silenced(at, id)) return;
          const SourceLocation where = sources.getLocForStartOfFile(file).getLocWithOffset(static_cast<int>(at));
          report(where, id, function_around(where, functions, sources));
        });
      }
  }
  for (const FunctionDecl* function : functions) {
    if (function->isTemplateInstantiation() || !sources.isInMainFile(function->getLocation())) continue;
    for (const std::string& word : annotations(*function)) {
      llvm::StringRef id = word;
      if (id.consume_front("allow:") && !unit.has_allowed(*function, id)) report(function->getLocation(), id, function);
    }
  }
}

}  // namespace tenter::lint
