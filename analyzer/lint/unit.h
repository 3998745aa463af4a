// Unit checks one translation unit: it simulates each of its functions once, callees before whoever needs their summary,
// and collects what is found.
//
//   Unit unit(context, selection, &imports);
//   for (const LintFinding& finding : unit.check()) ...      // by place, without duplicates
//
// With imports, what other units told of their functions counts as if they were in sight. Functions of system headers are not looked at, nor templates that nobody instantiates. Two units may be checked at the
// same time by different threads, each with a context of its own.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <clang/AST/ASTContext.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/DenseSet.h>

#include "lint/finding.h"
#include "lint/guard_census.h"
#include "lint/lock_order.h"
#include "lint/model.h"
#include "lint/place.h"
#include "lint/summary.h"

namespace tenter::lint {

class Importer;
class Imports;

struct KeptLock {
  const clang::ValueDecl* lock = nullptr;
  const clang::Stmt* at = nullptr;
  const clang::FunctionDecl* function = nullptr;
};

class Unit {
 public:
  // `imports` may be null, and lives longer.
  Unit(clang::ASTContext& context, Selection selection, const Imports* imports = nullptr);
  ~Unit();
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
  // The function runs beside others: what variables it uses matters, too.
  void mark_task(const clang::FunctionDecl& function) { tasks_.insert(function.getCanonicalDecl()); }
  bool is_task(const clang::FunctionDecl& function) const { return tasks_.contains(function.getCanonicalDecl()); }
  void report(LintFinding finding, const clang::FunctionDecl& function) { report(std::move(finding), &function); }
  void report(LintFinding finding, const clang::FunctionDecl* function);  // null: it is in none
  bool wants(Check check) const { return selection_.wants(check, /*certain=*/true); }
  // Null: nobody wants to know.
  GuardCensus* census() { return wants(Check::guard_inconsistent) ? &census_ : nullptr; }
  // Has the remark at this offset of the main file, or that of the function, silenced the check?
  bool has_silenced(unsigned offset, llvm::StringRef id) const { return silenced_.contains({offset, id.str()}); }
  bool has_allowed(const clang::FunctionDecl& function, llvm::StringRef id) const {
    return allowed_.contains({function.getCanonicalDecl(), id.str()});
  }
  // Can its body only be in another unit, and does that unit's function have just this one's name?
  bool may_be_far(const clang::FunctionDecl& function);
  // The declaration to whose parameters the summary from another unit refers; null: none is known.
  const clang::FunctionDecl* far_function(const clang::FunctionDecl& function);
  // Nothing where other units could not name it.
  std::optional<LockId> lock_id(const clang::ValueDecl& lock);
  void add_order(LockOrder order);
  // A lock that a function holds at its end, and that it never lets go.
  void keep_lock(KeptLock kept) { kept_locks_.push_back(kept); }
  // A place that lets go of a lock, and whether the function has locked it itself, on all paths that have been seen.
  void see_unlock(const clang::Stmt& at, bool by_partner);
  // The same of all such places in a lambda, where it is called.
  void see_lambda_unlock(const clang::FunctionDecl& lambda, bool by_partner);

  // For the export, after check().
  const Selection& selection() const { return selection_; }
  const Imports* imports() const { return imports_; }
  const std::vector<const clang::FunctionDecl*>& functions() const { return functions_; }
  const LockName& lock_name(LockId lock) const { return locks_[lock]; }
  LockId add_lock(LockName name);
  const std::vector<LockOrder>& orders() const { return orders_; }
  // Lock orders are told of in the link step, and not here.
  void leave_orders_to_the_link() { reports_orders_ = false; }

 private:
  void report_lock_orders();
  void report_kept_locks();
  void keep_promises(const clang::FunctionDecl& function, Summary& summary);
  clang::ASTContext& context_;
  Selection selection_;
  Model model_;
  Places places_;
  llvm::DenseMap<const clang::FunctionDecl*, std::unique_ptr<Summary>> summaries_;  // null: being made, or unknown
  llvm::DenseSet<const clang::FunctionDecl*> main_tasks_, tasks_;
  llvm::DenseMap<const clang::FunctionDecl*, bool> may_be_far_;
  const Imports* imports_ = nullptr;
  std::unique_ptr<Importer> importer_;  // null without imports
  std::vector<const clang::FunctionDecl*> functions_;
  std::vector<LockName> locks_;
  std::map<std::string, LockId, std::less<>> lock_ids_;
  llvm::DenseMap<const clang::ValueDecl*, std::optional<LockId>> known_locks_;
  std::vector<LockOrder> orders_;
  std::vector<KeptLock> kept_locks_;
  llvm::DenseMap<const clang::Stmt*, bool> unlocks_;
  llvm::DenseMap<const clang::Stmt*, bool> lambda_unlocks_;  // by their bodies
  bool reports_orders_ = true;
  GuardCensus census_;
  std::set<std::pair<unsigned, std::string>> silenced_;
  std::set<std::pair<const clang::FunctionDecl*, std::string>> allowed_;
  std::vector<LintFinding> findings_;
};

}  // namespace tenter::lint
