// What other units told of their functions (summary_export.h), read back: Imports from files, once for all units of a
// process, and Importer into one unit's own declarations.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <clang/AST/Decl.h>
#include <llvm/ADT/StringMap.h>
#include <llvm/Support/JSON.h>

#include "lint/summary.h"

namespace tenter::lint {

class Unit;

// A lock order that another unit has told of; places are those of lasting_place().
struct FarOrder {
  LockName held, wanted;
  bool held_shared = false, wanted_shared = false;
  std::vector<std::string> gates;
  std::string held_at, wanted_at, inside, function;
};
// Empty names: the object is none.
FarOrder far_order(const llvm::json::Object& told);

// Several threads may read at the same time, once all files are added.
class Imports {
 public:
  // Adds what a file tells. The problem, as a sentence; empty: there is none. Of two files that tell different things of
  // one function neither is believed.
  std::string add(const std::string& path);
  const llvm::json::Object* function(llvm::StringRef usr) const;
  const std::vector<FarOrder>& orders() const { return orders_; }

 private:
  llvm::StringMap<llvm::json::Object> functions_;
  llvm::StringMap<bool> contradictory_;
  std::vector<FarOrder> orders_;
};

// Reads a summary file. On failure `problem` is a sentence, and the object is empty.
llvm::json::Object read_summary(const std::string& path, std::string& problem);

class Importer {
 public:
  Importer(Unit& unit, const Imports& imports) : unit_(unit), imports_(imports) {}
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  // In terms of the parameters of this declaration; null: nothing is known of it. What this unit cannot name is left out.
  std::unique_ptr<Summary> summary_of(const clang::FunctionDecl& function);
  // A statement that stands for a place of another unit's; null: that file is not there.
  const clang::Stmt* far_statement(llvm::StringRef place);

 private:
  std::optional<PlaceId> place(const llvm::json::Object& told, const clang::FunctionDecl& function);
  std::vector<PlaceEffect> effects(const llvm::json::Object& told, const clang::FunctionDecl& function);
  const clang::VarDecl* variable(llvm::StringRef name, llvm::StringRef lasting) const;

  Unit& unit_;
  const Imports& imports_;
  std::map<std::string, const clang::Stmt*, std::less<>> statements_;
};

}  // namespace tenter::lint
