#include "lint/conditions.h"

#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/model.h"

namespace tenter::lint {
namespace {

using namespace clang;

// A variable whose beginning goes back over more variables than this has lost what its condition is about.
constexpr unsigned farthest = 4;

void add_words(const Stmt* expression, Words& words, unsigned depth) {
  if (expression == nullptr || depth > farthest) return;
  const ValueDecl* named = nullptr;
  if (const auto* reference = dyn_cast<DeclRefExpr>(expression)) named = reference->getDecl();
  if (const auto* member = dyn_cast<MemberExpr>(expression)) named = member->getMemberDecl();
  if (named != nullptr && !is_standard(*named) && words.insert(cast<ValueDecl>(named->getCanonicalDecl())).second)
    if (const auto* variable = dyn_cast<VarDecl>(named); variable != nullptr && variable->hasLocalStorage())
      add_words(variable->getInit(), words, depth + 1);
  for (const Stmt* child : expression->children()) add_words(child, words, depth);
}

void walk(const Stmt* statement, Words& words) {
  if (statement == nullptr || isa<LambdaExpr>(statement)) return;
  if (const auto* choice = dyn_cast<IfStmt>(statement)) {
    add_words(choice->getCond(), words, 0);
    add_words(choice->getConditionVariableDeclStmt(), words, 0);
  } else if (const auto* cases = dyn_cast<SwitchStmt>(statement)) {
    add_words(cases->getCond(), words, 0);
  } else if (const auto* loop = dyn_cast<WhileStmt>(statement)) {
    add_words(loop->getCond(), words, 0);
  } else if (const auto* last = dyn_cast<DoStmt>(statement)) {
    add_words(last->getCond(), words, 0);
  } else if (const auto* counted = dyn_cast<ForStmt>(statement)) {
    add_words(counted->getCond(), words, 0);
  } else if (const auto* either = dyn_cast<AbstractConditionalOperator>(statement)) {
    add_words(either->getCond(), words, 0);
  } else if (const auto* binary = dyn_cast<BinaryOperator>(statement); binary != nullptr && binary->isLogicalOp()) {
    add_words(binary->getLHS(), words, 0);
  }
  for (const Stmt* child : statement->children()) walk(child, words);
}

bool find(const Stmt* within, const Stmt* wanted, std::vector<Words>& found) {
  if (within == nullptr || isa<LambdaExpr>(within)) return false;
  if (within == wanted) return true;
  for (const Stmt* child : within->children()) {
    if (!find(child, wanted, found)) continue;
    const auto* choice = dyn_cast<IfStmt>(within);
    if (choice != nullptr && child == choice->getThen() && choice->getElse() == nullptr) {
      Words words;
      add_words(choice->getCond(), words, 0);
      found.push_back(std::move(words));
    }
    return true;
  }
  return false;
}

}  // namespace

std::vector<Words> words_around(const Stmt* body, const Stmt* statement) {
  std::vector<Words> found;
  find(body, statement, found);
  return found;
}

Words words_of_conditions(const Stmt* body) {
  Words words;
  walk(body, words);
  return words;
}

bool have_common(const Words& a, const Words& b) {
  for (const ValueDecl* word : a)
    if (b.contains(word)) return true;
  return false;
}

}  // namespace tenter::lint
