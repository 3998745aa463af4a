// Locks that a function leaves held and that nobody lets go. Who holds one at his end may have locked it for others, so that
// is only said of a lock that nothing but this unit can name: a member of a class of the unit's own file, a private member
// of a class whose functions are all in sight, or a variable that no header declares; and of a local one that ends held.
#include <map>

#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclFriend.h>
#include <clang/AST/ExprCXX.h>
#include <clang/Basic/SourceManager.h>
#include <llvm/Support/Path.h>

#include "lint/own_code.h"
#include "lint/simulation.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;

bool is_in_own_file(const Decl& declaration) {
  const SourceManager& sources = declaration.getASTContext().getSourceManager();
  if (!sources.isInMainFile(sources.getFileLoc(declaration.getLocation()))) return false;
  if (declaration.getASTContext().getLangOpts().IsHeaderFile) return false;
  const auto file = sources.getFileEntryRefForID(sources.getMainFileID());
  return file && !llvm::sys::path::extension(file->getName()).starts_with(".h");
}

// Do all functions that may name the private members have their bodies here?
bool is_all_in_sight(const CXXRecordDecl& record) {
  if (record.hasFriends()) return false;
  for (const Decl* each : record.decls()) {
    if (isa<FunctionTemplateDecl, ClassTemplateDecl>(each)) return false;
    if (const auto* inner = dyn_cast<CXXRecordDecl>(each); inner != nullptr && !inner->isInjectedClassName() &&
                                                           inner->isThisDeclarationADefinition() &&
                                                           !is_all_in_sight(*inner))
      return false;
    const auto* method = dyn_cast<CXXMethodDecl>(each);
    if (method != nullptr && !method->isImplicit() && !method->isDeleted() && !method->isDefaulted() &&
        !method->isPureVirtual() && !method->hasBody())
      return false;
  }
  return true;
}

bool is_known_to_nobody_else(const ValueDecl& lock) {
  for (const Decl* each : lock.redecls())
    if (!is_in_own_file(*each)) {
      const auto* record = dyn_cast<CXXRecordDecl>(lock.getDeclContext());
      return record != nullptr && lock.getAccess() == AS_private && is_all_in_sight(*record);
    }
  return true;
}

// Every mention of a lock: what unlocks it, and whether it gets to where anything may be done to it.
class Unlocks : public OwnCodeAround<Unlocks> {
 public:
  Unlocks(const Model& model, const SourceManager& sources) : OwnCodeAround(sources), model_(model) {}
  bool TraverseLambdaExpr(LambdaExpr* lambda) {
    lambdas_.push_back(lambda->getCallOperator());
    const bool goes_on = OwnCodeAround::TraverseLambdaExpr(lambda);
    lambdas_.pop_back();
    return goes_on;
  }
  bool VisitMemberExpr(MemberExpr* member) { return see(*member->getMemberDecl()); }
  bool VisitDeclRefExpr(DeclRefExpr* reference) { return see(*reference->getDecl()); }
  bool VisitBindingDecl(BindingDecl* binding) {
    if (const auto* member = dyn_cast_or_null<MemberExpr>(binding->getBinding()))
      escaped_.insert(member->getMemberDecl()->getCanonicalDecl());
    return true;
  }

  struct Site {
    const Stmt* at;
    const FunctionDecl* lambda;  // around it; null: none
  };
  // Nothing where the lock gets to somewhere else.
  std::optional<std::vector<Site>> of(const ValueDecl& lock) const {
    if (escaped_.contains(lock.getCanonicalDecl())) return std::nullopt;
    const auto found = sites_.find(lock.getCanonicalDecl());
    return found != sites_.end() ? found->second : std::vector<Site>{};
  }

 private:
  bool see(const ValueDecl& named) {
    if (model_.kind(named.getType()) != Kind::mutex) return true;
    const Decl* lock = named.getCanonicalDecl();
    for (std::size_t up = 1;; ++up) {
      const Stmt* outer = around(up);
      if (isa_and_nonnull<CastExpr, ParenExpr, MemberExpr, ExprWithCleanups>(outer)) continue;
      const auto* call = dyn_cast_or_null<CXXMemberCallExpr>(outer);
      const Role role =
          call != nullptr && call->getMethodDecl() != nullptr ? model_.role(*call->getMethodDecl()) : Role::none;
      const auto* guard = dyn_cast_or_null<CXXConstructExpr>(outer);
      if (role == Role::unlock || role == Role::unlock_shared) sites_[lock].push_back({call, lambda_around()});
      else if (guard != nullptr && model_.kind(guard->getType()) == Kind::guard) see_guard(*guard, lock);
      else if (role != Role::lock && role != Role::lock_shared && role != Role::try_lock) escaped_.insert(lock);
      return true;
    }
  }
  void see_guard(const CXXConstructExpr& guard, const Decl* lock) {
    for (const Expr* argument : guard.arguments())
      if (const CXXRecordDecl* tag = argument->getType().getNonReferenceType()->getAsCXXRecordDecl())
        if (tag->getIdentifier() != nullptr && tag->getName() == "adopt_lock_t")
          sites_[lock].push_back({&guard, lambda_around()});
  }
  const FunctionDecl* lambda_around() const { return lambdas_.empty() ? nullptr : lambdas_.back(); }

  const Model& model_;
  std::vector<const FunctionDecl*> lambdas_;
  llvm::DenseSet<const Decl*> escaped_;
  std::map<const Decl*, std::vector<Site>> sites_;
};

// Does the function do nothing after that?
bool is_last(const Stmt* at, const FunctionDecl& function) {
  const auto* body = dyn_cast_or_null<CompoundStmt>(function.getBody());
  if (body == nullptr) return false;
  const auto does_nothing = [&](const Stmt* statement) {
    if (const auto* end = dyn_cast<ReturnStmt>(statement)) statement = end->getRetValue();
    const auto* expression = dyn_cast_or_null<Expr>(statement);
    return statement == nullptr || isa<NullStmt>(statement) ||
           (expression != nullptr && !expression->HasSideEffects(function.getASTContext()));
  };
  auto last = body->body_rbegin();
  while (last != body->body_rend() && does_nothing(*last)) ++last;
  return last != body->body_rend() && isa<Expr>(*last) && cast<Expr>(*last)->IgnoreImplicit() == at;
}

void both(llvm::DenseMap<const Stmt*, bool>& seen, const Stmt* at, bool by_partner) {
  const auto [known, fresh] = seen.try_emplace(at, by_partner);
  if (!fresh) known->second &= by_partner;
}

}  // namespace

void Unit::see_unlock(const Stmt& at, bool by_partner) { both(unlocks_, &at, by_partner); }

void Unit::see_lambda_unlock(const FunctionDecl& lambda, bool by_partner) {
  both(lambda_unlocks_, lambda.getBody(), by_partner);
}

// Locks that the function has taken, and that none of its paths lets go: whether anybody else does shows when all are known.
void Simulation::see_kept_locks(const Disjunct& d) {
  for (const auto& [object, state] : d.objects) {
    if (state.settled || unlocks(object) || !holds_by_itself(object, d) || !isa<CXXMemberCallExpr>(state.since))
      continue;
    if (const ValueDecl* lock = lasting_lock(object)) unit_.keep_lock({lock, state.since, &function_});
    // Others who have it could let go of it until it ends.
    else if (const VarDecl* local = own_lock(object); local != nullptr && is_last(state.since, function_))
      unit_.keep_lock({local, state.since, &function_});
  }
}

const VarDecl* Simulation::own_lock(ObjectId object) const {
  if (object == some_object) return nullptr;
  const Object& what = unit_.places().object(object);
  if (!what.place) return nullptr;
  const Place& place = unit_.places().place(*what.place);
  const auto* variable = place.path.empty() ? dyn_cast_or_null<VarDecl>(place.root) : nullptr;
  const bool is_own = variable != nullptr && variable->hasLocalStorage() && !isa<ParmVarDecl>(variable) &&
                      variable->getDeclContext() == &function_ &&
                      unit_.model().kind(variable->getType()) == Kind::mutex && !variable->getType()->isReferenceType();
  return is_own ? variable : nullptr;
}

void Unit::report_kept_locks() {
  std::erase_if(kept_locks_, [](const KeptLock& each) { return !is_known_to_nobody_else(*each.lock); });
  if (kept_locks_.empty()) return;
  Unlocks unlocks(model_, context_.getSourceManager());
  for (Decl* declaration : context_.getTraversalScope()) unlocks.TraverseDecl(declaration);
  for (const KeptLock& kept : kept_locks_) {
    const auto sites = unlocks.of(*kept.lock);
    // An unlock of what somebody else has locked may be that of this one.
    const auto takes_over = [&](const Unlocks::Site& site) {
      if (unlocks_.lookup(site.at)) return false;
      return site.lambda == nullptr || !lambda_unlocks_.lookup(site.lambda->getBody());
    };
    const auto* variable = dyn_cast<VarDecl>(kept.lock);
    const bool ends = variable != nullptr && variable->hasLocalStorage();
    if (!ends && (!sites || llvm::any_of(*sites, takes_over))) continue;
    // What is tried and never let go by anybody is a flag of what has been begun once.
    const FunctionDecl* how = cast<CXXMemberCallExpr>(kept.at)->getDirectCallee();
    if (model_.role(*how) == Role::try_lock && (!sites || sites->empty())) continue;
    LintFinding finding;
    finding.check = Check::lock_leaked;
    finding.where = start_of(kept.at);
    finding.object = kept.lock->getNameAsString();
    finding.text = "'" + finding.object + "' is still held " +
                   (ends ? "when it ends" : "when the function returns, and nobody lets go of it");
    finding.function = kept.function->getQualifiedNameAsString();
    report(std::move(finding), *kept.function);
  }
}

}  // namespace tenter::lint
