#include "lint/patterns.h"

#include <vector>

namespace tenter::lint {
namespace {

using namespace clang;

void walk(const Stmt* statement, std::vector<const Stmt*>& around, llvm::function_ref<void(const Stmt&, Around)> see) {
  if (statement == nullptr) return;
  see(*statement, around);
  around.push_back(statement);
  for (const Stmt* child : statement->children()) walk(child, around, see);
  around.pop_back();
}

}  // namespace

void walk(const Stmt* statement, llvm::function_ref<void(const Stmt&, Around)> see) {
  std::vector<const Stmt*> around;
  walk(statement, around, see);
}

}  // namespace tenter::lint
