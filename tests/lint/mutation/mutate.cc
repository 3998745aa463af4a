// Names the mutants of a source: small mistakes, each of which some static check is there to find.
//
//   mutate FILE REGEX -- ARGS...       in functions of FILE whose qualified name REGEX matches in full
//
// Standard output gets a JSON list: operator, function, its lines, the line, and the edits (offset, length and new text), for
// mutation_test.py. Exit status 1: the file does not compile.
#include <memory>
#include <string>
#include <vector>

#include <clang/AST/ASTConsumer.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Lex/Lexer.h>
#include <clang/Tooling/CompilationDatabase.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/JSON.h>
#include <llvm/Support/Regex.h>
#include <llvm/Support/raw_ostream.h>

namespace {

using namespace clang;
namespace json = llvm::json;

struct Edit {
  SourceRange remove;  // of tokens; invalid: nothing
  std::string insert;
  SourceLocation at = {};  // where nothing is removed
};

// The statements of one function, with the lambdas inside of it.
class Mutator : public RecursiveASTVisitor<Mutator> {
 public:
  Mutator(ASTContext& context, const FunctionDecl& function, json::Array& mutants)
      : context_(context), sources_(context.getSourceManager()), function_(function), mutants_(mutants) {}

  bool VisitCompoundStmt(CompoundStmt* block) {
    std::vector<Stmt*> statements(block->body_begin(), block->body_end());
    for (Stmt* statement : statements) mutate_statement(statement);
    for (std::size_t i = 0; i < statements.size(); ++i) {
      if (const auto* call = method_call(statements[i], "close", channels)) close_earlier(statements, i, *call);
      if (i + 1 < statements.size()) swap_locks(statements[i], statements[i + 1]);
    }
    return true;
  }
  bool VisitIfStmt(IfStmt* statement) {
    mutate_statement(statement->getThen());
    if (statement->getElse() != nullptr) mutate_statement(statement->getElse());
    return true;
  }
  bool VisitForStmt(ForStmt* loop) { return mutate_statement(loop->getBody()); }
  bool VisitWhileStmt(WhileStmt* loop) { return mutate_statement(loop->getBody()); }
  bool VisitCXXForRangeStmt(CXXForRangeStmt* loop) { return mutate_statement(loop->getBody()); }

  bool VisitCallExpr(CallExpr* call) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (callee == nullptr) return true;
    if (is_named(callee, "make_chan") && call->getNumArgs() == 1) {
      const auto* capacity = dyn_cast<IntegerLiteral>(call->getArg(0)->IgnoreImplicit());
      if (capacity != nullptr && capacity->getValue() == 1)
        add("capacity-1-to-0", *call, {{capacity->getSourceRange(), "0"}});
    }
    if (is_named(callee, "go"))
      for (const Expr* argument : call->arguments()) capture_by_reference(argument);
    return true;
  }
  bool VisitCXXConstructExpr(CXXConstructExpr* made) {
    const CXXRecordDecl* type = made->getConstructor()->getParent();
    if (is_named(type, "thread") || is_named(type, "jthread"))
      for (const Expr* argument : made->arguments()) capture_by_reference(argument);
    return true;
  }

 private:
  using Names = llvm::ArrayRef<llvm::StringRef>;
  static constexpr llvm::StringRef channels[] = {"Chan", "SendChan", "RecvChan"};
  static constexpr llvm::StringRef groups[] = {"WaitGroup", "TaskGroup"};
  static constexpr llvm::StringRef threads[] = {"thread"};
  static constexpr llvm::StringRef locks[] = {"Mutex",           "RWMutex",     "mutex",
                                              "recursive_mutex", "timed_mutex", "shared_mutex"};
  static constexpr llvm::StringRef guards[] = {"lock_guard", "unique_lock", "scoped_lock", "shared_lock"};

  static bool is_named(const NamedDecl* declaration, llvm::StringRef name) {
    const IdentifierInfo* identifier = declaration->getIdentifier();
    return identifier != nullptr && identifier->getName() == name;
  }
  static bool is_one_of(const CXXRecordDecl* type, Names names) {
    for (; type != nullptr;) {
      for (const llvm::StringRef name : names)
        if (is_named(type, name)) return true;
      type = type->hasDefinition() && type->getNumBases() == 1 ? type->bases_begin()->getType()->getAsCXXRecordDecl()
                                                               : nullptr;
    }
    return false;
  }
  // The statement, if it is nothing but a call of this method of one of these classes.
  static const CXXMemberCallExpr* method_call(const Stmt* statement, llvm::StringRef method, Names classes) {
    const auto* expression = dyn_cast_or_null<Expr>(statement);
    if (expression == nullptr) return nullptr;
    const auto* call = dyn_cast<CXXMemberCallExpr>(expression->IgnoreImplicit()->IgnoreParenCasts()->IgnoreImplicit());
    if (call == nullptr || call->getMethodDecl() == nullptr || !is_named(call->getMethodDecl(), method)) return nullptr;
    return is_one_of(call->getRecordDecl(), classes) ? call : nullptr;
  }

  std::string text_of(SourceRange range) const {
    return Lexer::getSourceText(CharSourceRange::getTokenRange(range), sources_, context_.getLangOpts()).str();
  }

  bool mutate_statement(const Stmt* statement) {
    if (const auto* close = method_call(statement, "close", channels)) {
      const std::string text = text_of(close->getSourceRange());
      add("duplicate-close", *close, {{close->getSourceRange(), text + ", " + text}});
      remove("delete-close", *close);
    }
    if (const auto* wait = method_call(statement, "wait", groups)) remove("delete-wait", *wait);
    if (const auto* join = method_call(statement, "join", threads)) remove("delete-join", *join);
    if (const auto* done = method_call(statement, "done", groups)) remove("delete-done", *done);
    for (const llvm::StringRef method : {"unlock", "unlock_shared"})
      if (const auto* unlock = method_call(statement, method, locks)) remove("delete-unlock", *unlock);
    if (const auto* receive = method_call(statement, "recv", channels)) {
      const std::string text = text_of(receive->getSourceRange());
      add("receive-on-one-branch", *receive, {{receive->getSourceRange(), "if (!tenter_mutant()) " + text}});
    }
    if (const auto* expression = dyn_cast_or_null<Expr>(statement)) {
      const auto* call = dyn_cast<CXXOperatorCallExpr>(expression->IgnoreImplicit());
      if (call != nullptr && call->getOperator() == OO_Call && call->getNumArgs() == 1)
        if (const auto* name = dyn_cast<DeclRefExpr>(call->getArg(0)->IgnoreImplicit());
            name != nullptr && name->getDecl()->getName().starts_with("cancel"))
          remove("delete-cancel", *call);
    }
    return true;
  }

  // The last sibling before the close in which something is sent on the same channel now follows the close.
  void close_earlier(const std::vector<Stmt*>& statements, std::size_t at, const CXXMemberCallExpr& close) {
    const std::string channel = text_of(close.getImplicitObjectArgument()->getSourceRange());
    for (std::size_t i = at; i-- > 0;) {
      if (!sends_on(statements[i], channel)) continue;
      const SourceLocation before = statements[i]->getBeginLoc();
      add("close-before-last-send", close,
          {{SourceRange(), text_of(close.getSourceRange()) + "; ", before}, {close.getSourceRange(), "(void)0"}});
      return;
    }
  }
  bool sends_on(const Stmt* statement, const std::string& channel) const {
    if (statement == nullptr || isa<LambdaExpr>(statement)) return false;
    if (const auto* send = method_call(statement, "send", channels))
      if (text_of(send->getImplicitObjectArgument()->getSourceRange()) == channel) return true;
    for (const Stmt* child : statement->children())
      if (sends_on(child, channel)) return true;
    return false;
  }

  // What a statement locks: `m.lock()`, or a guard of one lock.
  const Expr* locked_by(const Stmt* statement) const {
    if (const auto* lock = method_call(statement, "lock", locks)) return lock->getImplicitObjectArgument();
    const auto* declaration = dyn_cast<DeclStmt>(statement);
    const auto* guard = declaration != nullptr && declaration->isSingleDecl()
                            ? dyn_cast<VarDecl>(declaration->getSingleDecl())
                            : nullptr;
    if (guard == nullptr || !guard->hasInit() || !is_one_of(guard->getType()->getAsCXXRecordDecl(), guards))
      return nullptr;
    const auto* made = dyn_cast<CXXConstructExpr>(guard->getInit()->IgnoreImplicit());
    return made != nullptr && made->getNumArgs() == 1 ? made->getArg(0)->IgnoreImplicit() : nullptr;
  }
  void swap_locks(const Stmt* first, const Stmt* second) {
    const Expr *a = locked_by(first), *b = locked_by(second);
    if (a == nullptr || b == nullptr) return;
    const std::string left = text_of(a->getSourceRange()), right = text_of(b->getSourceRange());
    if (left != right) add("swap-lock-order", *first, {{a->getSourceRange(), right}, {b->getSourceRange(), left}});
  }

  // `[=]` or a list of plain names becomes `[&]`, where a variable of the function around is among them.
  void capture_by_reference(const Expr* argument) {
    const auto* lambda = dyn_cast<LambdaExpr>(argument->IgnoreUnlessSpelledInSource());
    if (lambda == nullptr) return;
    bool copies = false;
    for (const LambdaCapture& capture : lambda->captures()) {
      if (capture.isExplicit() && (!capture.capturesVariable() || lambda->isInitCapture(&capture))) return;
      copies |= capture.capturesVariable() && capture.getCaptureKind() == LCK_ByCopy;
    }
    if (copies) add("copies-to-references", *lambda, {{lambda->getIntroducerRange(), "[&]"}});
  }

  void remove(const char* what, const Expr& expression) {
    add(what, expression, {{expression.getSourceRange(), "(void)0"}});
  }
  void add(const char* what, const Stmt& where, const std::vector<Edit>& wanted) {
    json::Array edits;
    for (const Edit& edit : wanted) {
      const SourceLocation begin = edit.remove.isValid() ? edit.remove.getBegin() : edit.at;
      if (begin.isMacroID() || !sources_.isInMainFile(begin)) return;
      unsigned length = 0;
      if (edit.remove.isValid()) {
        if (edit.remove.getEnd().isMacroID()) return;
        const SourceLocation end =
            Lexer::getLocForEndOfToken(edit.remove.getEnd(), 0, sources_, context_.getLangOpts());
        length = sources_.getFileOffset(end) - sources_.getFileOffset(begin);
      }
      edits.push_back(json::Array{sources_.getFileOffset(begin), length, edit.insert});
    }
    mutants_.push_back(json::Object{{"operator", what},
                                    {"function", function_.getQualifiedNameAsString()},
                                    {"line", sources_.getSpellingLineNumber(where.getBeginLoc())},
                                    {"first_line", sources_.getSpellingLineNumber(function_.getBeginLoc())},
                                    {"last_line", sources_.getSpellingLineNumber(function_.getEndLoc())},
                                    {"edits", std::move(edits)}});
  }

  ASTContext& context_;
  const SourceManager& sources_;
  const FunctionDecl& function_;
  json::Array& mutants_;
};

class Consumer : public ASTConsumer {
 public:
  Consumer(llvm::StringRef wanted, json::Array& mutants) : wanted_(("^(" + wanted + ")$").str()), mutants_(mutants) {}
  void HandleTranslationUnit(ASTContext& context) override { visit(*context.getTranslationUnitDecl()); }

 private:
  void visit(const DeclContext& scope) {
    for (Decl* declaration : scope.decls()) {
      const SourceManager& sources = declaration->getASTContext().getSourceManager();
      if (!sources.isInMainFile(sources.getExpansionLoc(declaration->getLocation()))) continue;
      if (const auto* function = dyn_cast<FunctionDecl>(declaration)) {
        if (function->doesThisDeclarationHaveABody() && wanted_.match(function->getQualifiedNameAsString()))
          Mutator(declaration->getASTContext(), *function, mutants_).TraverseStmt(function->getBody());
      } else if (isa<NamespaceDecl, RecordDecl>(declaration)) {
        visit(*cast<DeclContext>(declaration));
      }
    }
  }
  llvm::Regex wanted_;
  json::Array& mutants_;
};

class Action : public ASTFrontendAction {
 public:
  Action(llvm::StringRef wanted, json::Array& mutants) : wanted_(wanted), mutants_(mutants) {}
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance&, llvm::StringRef) override {
    return std::make_unique<Consumer>(wanted_, mutants_);
  }

 private:
  llvm::StringRef wanted_;
  json::Array& mutants_;
};

class Factory : public tooling::FrontendActionFactory {
 public:
  Factory(llvm::StringRef wanted, json::Array& mutants) : wanted_(wanted), mutants_(mutants) {}
  std::unique_ptr<FrontendAction> create() override { return std::make_unique<Action>(wanted_, mutants_); }

 private:
  llvm::StringRef wanted_;
  json::Array& mutants_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || llvm::StringRef(argv[3]) != "--") {
    llvm::errs() << "usage: mutate FILE REGEX -- ARGS...\n";
    return 2;
  }
  std::vector<std::string> arguments(argv + 4, argv + argc);
  arguments.push_back("-resource-dir=" TENTER_CLANG_RESOURCE_DIR);
  const tooling::FixedCompilationDatabase commands(".", arguments);
  json::Array mutants;
  Factory factory(argv[2], mutants);
  tooling::ClangTool tool(commands, {argv[1]});
  if (tool.run(&factory) != 0) return 1;
  llvm::outs() << json::Value(std::move(mutants)) << '\n';
  return 0;
}
