// Checks that read a function as it is written: what they find does not depend on the paths through it.
#pragma once
#include <clang/AST/Decl.h>
#include <clang/AST/Stmt.h>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/STLFunctionalExtras.h>

namespace tenter::lint {

class Unit;
struct Summary;

// The statements around one, the innermost last.
using Around = llvm::ArrayRef<const clang::Stmt*>;

// Goes through a statement and all that it is made of, captures and bodies of lambdas included, outer ones first.
void walk(const clang::Stmt* statement, llvm::function_ref<void(const clang::Stmt&, Around)> see);

// narrow_direction.cc: parameters of type Chan of which one direction is used
void report_wide_parameters(Unit& unit, const clang::FunctionDecl& function);
// broken_contracts.cc: parameters that are used otherwise than the declaration promises
void report_broken_contracts(Unit& unit, const clang::FunctionDecl& function, const Summary& summary);
// stale_remarks.cc: remarks in the main file that silence nothing; after all other checks
void report_stale_remarks(Unit& unit, llvm::ArrayRef<const clang::FunctionDecl*> functions);
// wait_in_spawn_loop.cc: waits for tasks that only later turns of the loop start
void report_waits_in_spawn_loops(Unit& unit, const clang::FunctionDecl& function);
// wait_without_loop.cc: waits for a condition that is not looked at again
void report_waits_without_loop(Unit& unit, const clang::FunctionDecl& function);

}  // namespace tenter::lint
