// What one walk over a function's body tells before anything is simulated: where loops are, what is caught, which
// variables can change behind the simulation's back.
#pragma once
#include <clang/AST/Decl.h>
#include <clang/AST/ExprCXX.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/SetVector.h>

#include "lint/model.h"

namespace tenter::lint {

class Body {
 public:
  Body(const clang::FunctionDecl& function, const Model& model);

  // The innermost loop around a statement; null: none.
  const clang::Stmt* loop_of(const clang::Stmt* statement) const { return loops_.lookup(statement); }
  // Can the loop be left but by its condition?
  bool leaves_early(const clang::Stmt* loop) const { return left_early_.contains(loop); }
  // Is the statement in a try whose handlers expect what the library throws?
  bool caught(const clang::Stmt* statement) const { return caught_.contains(statement); }
  // May the variable be given another value by a lambda, or through its address?
  bool exposed(const clang::ValueDecl* variable) const { return exposed_.contains(variable); }
  // What an expression is a direct part of, temporaries and conversions left out.
  const clang::Stmt* user_of(const clang::Stmt* expression) const { return users_.lookup(expression); }
  // Is there anything that the checks know of?
  bool relevant() const { return relevant_; }
  // The functions that it calls by name, each once, and whether it calls others, too. Those in lambdas are not among them.
  llvm::ArrayRef<const clang::FunctionDecl*> callees() const { return callees_.getArrayRef(); }
  bool calls_unknown() const { return calls_unknown_; }

 private:
  struct Around {
    const clang::Stmt* loop = nullptr;
    const clang::Stmt* user = nullptr;
    bool caught = false, in_lambda = false;
  };
  void walk(const clang::Stmt* statement, Around around);

  const Model& model_;
  bool relevant_ = false, calls_unknown_ = false;
  llvm::SetVector<const clang::FunctionDecl*> callees_;
  llvm::DenseMap<const clang::Stmt*, const clang::Stmt*> loops_, users_;
  llvm::DenseSet<const clang::Stmt*> left_early_, caught_;
  llvm::DenseSet<const clang::ValueDecl*> exposed_;
};

}  // namespace tenter::lint
