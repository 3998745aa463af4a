// Checks that read a function as it is written: what they find does not depend on the paths through it.
#pragma once
#include <clang/AST/Decl.h>
#include <clang/AST/Stmt.h>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/STLFunctionalExtras.h>

namespace tenter::lint {

class Unit;

// The statements around one, the innermost last.
using Around = llvm::ArrayRef<const clang::Stmt*>;

// Goes through a statement and all that it is made of, captures and bodies of lambdas included, outer ones first.
void walk(const clang::Stmt* statement, llvm::function_ref<void(const clang::Stmt&, Around)> see);

// narrow_direction.cc: parameters of type Chan of which one direction is used
void report_wide_parameters(Unit& unit, const clang::FunctionDecl& function);

}  // namespace tenter::lint
