#include "lint/unit.h"

#include <algorithm>
#include <tuple>

#include <clang/Basic/SourceManager.h>
#include <clang/Lex/Lexer.h>

#include "lint/lasting_name.h"
#include "lint/own_code.h"
#include "lint/patterns.h"
#include "lint/simulation.h"
#include "lint/summary_import.h"
#include "lint/suppression.h"

namespace tenter::lint {
namespace {

using namespace clang;

// All functions with a body, callers before the lambdas inside of them.
class Collector : public OwnCode<Collector> {
 public:
  using OwnCode::OwnCode;
  bool shouldVisitImplicitCode() const { return false; }
  bool VisitFunctionDecl(FunctionDecl* function) {
    if (function->doesThisDeclarationHaveABody() && !function->isDependentContext() && !function->isInvalidDecl())
      functions.push_back(function);
    return true;
  }
  bool VisitLambdaExpr(LambdaExpr* lambda) {
    if (CXXMethodDecl* body = lambda->getCallOperator(); !body->isDependentContext()) functions.push_back(body);
    return true;
  }
  std::vector<const FunctionDecl*> functions;
};

}  // namespace

Unit::Unit(ASTContext& context, Selection selection, const Imports* imports)
    : context_(context), selection_(std::move(selection)), imports_(imports) {
  if (imports != nullptr) importer_ = std::make_unique<Importer>(*this, *imports);
}

Unit::~Unit() = default;

std::vector<LintFinding> Unit::check() {
  Collector collector(context_.getSourceManager());
  for (Decl* declaration : context_.getTraversalScope()) collector.TraverseDecl(declaration);
  functions_ = std::move(collector.functions);
  for (const FunctionDecl* function : functions_) {
    summary_of(*function);
    if (selection_.wants(Check::narrow_direction, true)) report_wide_parameters(*this, *function);
    if (selection_.wants(Check::wait_in_spawn_loop, true)) report_waits_in_spawn_loops(*this, *function);
    if (selection_.wants(Check::wait_without_loop, true)) report_waits_without_loop(*this, *function);
  }
  if (reports_orders_) report_lock_orders();
  report_kept_locks();

  if (census() != nullptr) census_.report(*this);
  if (selection_.wants(Check::contract_mismatch, /*certain=*/false)) report_stale_remarks(*this, functions_);

  // One finding for what several instantiations of a template show.
  const SourceManager& sources = context_.getSourceManager();
  std::sort(findings_.begin(), findings_.end(), [&](const LintFinding& a, const LintFinding& b) {
    if (a.where != b.where) return sources.isBeforeInTranslationUnit(a.where, b.where);
    // Of two that are alike what is certain counts.
    return std::tie(a.check, a.object, b.certain, a.text) < std::tie(b.check, b.object, a.certain, b.text);
  });
  const auto same = [](const LintFinding& a, const LintFinding& b) {
    return a.where == b.where && a.check == b.check && a.object == b.object;
  };
  findings_.erase(std::unique(findings_.begin(), findings_.end(), same), findings_.end());
  return std::move(findings_);
}

const Summary* Unit::summary_of(const FunctionDecl& function) {
  const FunctionDecl* definition = nullptr;
  if (!function.hasBody(definition)) {
    if (importer_ == nullptr || !may_be_far(function)) return nullptr;
    const auto [known, fresh] = summaries_.try_emplace(function.getCanonicalDecl(), nullptr);
    if (!fresh) return known->second.get();
    std::unique_ptr<Summary> summary = importer_->summary_of(*function.getCanonicalDecl());
    if (summary != nullptr) keep_promises(*function.getCanonicalDecl(), *summary);
    return (summaries_[function.getCanonicalDecl()] = std::move(summary)).get();
  }
  if (definition->isDependentContext() || definition->isInvalidDecl()) return nullptr;
  if (definition->getBody() == nullptr) return nullptr;
  const auto [known, fresh] = summaries_.try_emplace(definition, nullptr);
  if (!fresh) return known->second.get();
  if (context_.getSourceManager().isInSystemHeader(definition->getLocation())) return nullptr;
  Simulation simulation(*this, *definition);
  std::unique_ptr<Summary> summary = simulation.run();
  // Before the promises stand for what the body does not show.
  if (summary != nullptr && wants(Check::contract_mismatch)) report_broken_contracts(*this, *definition, *summary);
  if (summary != nullptr) keep_promises(*definition, *summary);
  return (summaries_[definition] = std::move(summary)).get();
}

// What a declaration promises of a parameter counts where the body does not show what becomes of it.
void Unit::keep_promises(const FunctionDecl& function, Summary& summary) {
  for (const ParmVarDecl* parameter : function.parameters()) {
    const Contract contract = model_.contract(*parameter);
    if (!contract.given()) continue;
    const PlaceId place = places_.id(Place{parameter, {}});
    const auto known = std::find_if(summary.effects.begin(), summary.effects.end(),
                                    [&](const PlaceEffect& each) { return each.place == place; });
    if (known == summary.effects.end()) summary.effects.push_back({place, promised(contract)});
    else if (known->effect.escapes) known->effect = promised(contract);
    summary.plain = false;
  }
}

bool Unit::may_be_far(const FunctionDecl& function) {
  const FunctionDecl* first = function.getCanonicalDecl();
  const auto [known, fresh] = may_be_far_.try_emplace(first, false);
  if (!fresh) return known->second;
  const auto* method = dyn_cast<CXXMethodDecl>(first);
  const bool chosen_late = method != nullptr && method->isVirtual() && !method->hasAttr<FinalAttr>() &&
                           !method->getParent()->hasAttr<FinalAttr>();
  const bool far = !first->hasBody() && !chosen_late && !first->isDependentContext() && !first->isDeleted() &&
                   !first->isImplicit() && !first->isDefaulted() && first->isExternallyVisible() &&
                   first->getBuiltinID() == 0 && !is_standard(*first) && model_.role(*first) == Role::none &&
                   !context_.getSourceManager().isInSystemHeader(first->getLocation());
  may_be_far_[first] = far;
  return far;
}

const FunctionDecl* Unit::far_function(const FunctionDecl& function) {
  return importer_ != nullptr && may_be_far(function) && summary_of(function) != nullptr ? function.getCanonicalDecl()
                                                                                         : nullptr;
}

LockId Unit::add_lock(LockName name) {
  const auto [known, fresh] = lock_ids_.try_emplace(name.id, static_cast<LockId>(locks_.size()));
  if (fresh) locks_.push_back(std::move(name));
  return known->second;
}

std::optional<LockId> Unit::lock_id(const ValueDecl& lock) {
  const auto [known, fresh] = known_locks_.try_emplace(&lock, std::nullopt);
  if (!fresh) return known->second;
  const std::string id = lasting_name(lock);
  if (id.empty()) return std::nullopt;
  return known_locks_[&lock] = add_lock({id, lock.getQualifiedNameAsString()});
}

void Unit::add_order(LockOrder order) {
  for (const DeclContext* around = order.function; around != nullptr; around = around->getParent())
    if (const auto* declaration = dyn_cast<FunctionDecl>(around);
        declaration && model_.allows(*declaration, info(Check::lock_order_cycle).id))
      return;
  for (LockOrder& known : orders_)
    if (known.edge.held == order.edge.held && known.edge.wanted == order.edge.wanted &&
        known.wanted_at == order.wanted_at && known.inside == order.inside) {
      // Several paths, or instances of a template: only what is held on all of them keeps others out.
      std::erase_if(known.edge.gates, [&](LockId gate) { return !order.edge.gates.contains(gate); });
      known.edge.held_shared &= order.edge.held_shared;
      known.edge.wanted_shared &= order.edge.wanted_shared;
      return;
    }
  orders_.push_back(std::move(order));
}

bool Unit::is_main_task(const FunctionDecl& function) const {
  return function.isMain() || main_tasks_.contains(function.getCanonicalDecl());
}

void Unit::report(LintFinding finding, const FunctionDecl* function) {
  const SourceManager& sources = context_.getSourceManager();
  finding.where = sources.getFileLoc(finding.where);
  if (sources.isInSystemHeader(finding.where)) return;
  const char* id = info(finding.check).id;
  // Also of what nobody wants to hear: a remark about that is none that silences nothing.
  bool silent = false;
  for (const DeclContext* around = function; around != nullptr; around = around->getParent())
    if (const auto* declaration = dyn_cast<FunctionDecl>(around); declaration && model_.allows(*declaration, id)) {
      allowed_.emplace(declaration->getCanonicalDecl(), id);
      silent = true;
    }
  if (const auto remark = suppressed_at(sources, finding.where, id)) {
    if (sources.isInMainFile(finding.where)) silenced_.emplace(*remark, id);
    silent = true;
  }
  if (silent || !selection_.wants(finding.check, finding.certain)) return;
  for (Note& note : finding.notes) note.where = sources.getFileLoc(note.where);
  findings_.push_back(std::move(finding));
}

}  // namespace tenter::lint
