// Which lock guards a member, by what the methods of its class do: a member that is nearly always used with one lock held
// is likely meant to be, and a use without it is worth a look (D. Engler et al., "Bugs as Deviant Behavior", SOSP 2001).
//
//   GuardCensus census;
//   census.add({member, locks, at, function, writes});         // for each use
//   census.report(unit);
#pragma once
#include <vector>

#include <clang/AST/Decl.h>
#include <clang/AST/Stmt.h>
#include <llvm/ADT/MapVector.h>

namespace tenter::lint {

class Unit;

class GuardCensus {
 public:
  struct Use {
    const clang::FieldDecl* member = nullptr;
    std::vector<const clang::FieldDecl*> locks;  // of the same object, held there
    const clang::Stmt* at = nullptr;
    const clang::FunctionDecl* function = nullptr;
    bool writes = false;
  };
  // Does the function's use of members count? Only methods of a class that has a lock, and not those that its other
  // methods may call with the lock held.
  static bool counts(const clang::FunctionDecl& function, const Unit& unit);

  // The same use on another path: only locks that are held on both count.
  void add(Use use);
  void report(Unit& unit) const;

 private:
  llvm::MapVector<const clang::FieldDecl*, std::vector<Use>> uses_;
};

}  // namespace tenter::lint
