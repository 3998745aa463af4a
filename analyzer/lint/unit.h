// Unit checks one translation unit: it simulates each of its functions once, callees before whoever needs their summary,
// and collects what is found.
//
//   Unit unit(context, selection);
//   for (const LintFinding& finding : unit.check()) ...      // by place, without duplicates
//
// Functions of system headers are not looked at, nor templates that nobody instantiates. Two units may be checked at the
// same time by different threads, each with a context of its own.
#pragma once
#include <memory>
#include <vector>

#include <clang/AST/ASTContext.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>

#include "lint/finding.h"
#include "lint/model.h"
#include "lint/place.h"
#include "lint/summary.h"

namespace tenter::lint {

class Unit {
 public:
  Unit(clang::ASTContext& context, Selection selection) : context_(context), selection_(std::move(selection)) {}
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  std::vector<LintFinding> check();

  // For the simulation of a function.
  clang::ASTContext& context() const { return context_; }
  const Model& model() const { return model_; }
  Places& places() { return places_; }
  // Null: nothing is known of what the function does, because its body is not in sight, or calls itself.
  const Summary* summary_of(const clang::FunctionDecl& function);
  // The program ends with this function: what it leaves behind ends, too.
  void mark_main_task(const clang::FunctionDecl& function) { main_tasks_.insert(function.getCanonicalDecl()); }
  bool is_main_task(const clang::FunctionDecl& function) const;
  void report(LintFinding finding, const clang::FunctionDecl& function);

 private:
  clang::ASTContext& context_;
  Selection selection_;
  Model model_;
  Places places_;
  llvm::DenseMap<const clang::FunctionDecl*, std::unique_ptr<Summary>> summaries_;  // null: being made, or unknown
  llvm::DenseSet<const clang::FunctionDecl*> main_tasks_;
  std::vector<LintFinding> findings_;
};

}  // namespace tenter::lint
