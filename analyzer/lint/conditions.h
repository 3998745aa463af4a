// By what a function chooses its way: variables, members and functions that its conditions speak of. Two functions whose
// conditions have none of these in common choose independently, as far as their words tell.
#pragma once
#include <vector>

#include <clang/AST/Decl.h>
#include <clang/AST/Stmt.h>
#include <llvm/ADT/DenseSet.h>

namespace tenter::lint {

using Words = llvm::DenseSet<const clang::ValueDecl*>;

// Lambdas inside of the body are other functions, and not looked at. What a local variable began with counts as its words, too.
// A range that is gone through chooses nothing: what is done for an element is done for each.
Words words_of_conditions(const clang::Stmt* body);
bool have_common(const Words& a, const Words& b);
// Of each `if` without an else, in the body, of which the statement is a part: the words of its condition.
std::vector<Words> words_around(const clang::Stmt* body, const clang::Stmt* statement);

}  // namespace tenter::lint
