// Waits for others with a lock held. Where the one that is waited for was started while the lock was held, and takes it
// before anything else, neither goes on, ever. All other waits with a lock are only possibly wrong: whoever wants the lock
// waits as long as its holder, and nobody can tell here whether the holder waits for them.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>

#include "lint/simulation.h"

namespace tenter::lint {

using namespace clang;

void Simulation::see_wait(const Stmt* at, Value object, const Stmt* inside, Disjunct& d) {
  if (!watching_) return;
  if (waits_at_ == nullptr) waits_at_ = inside != nullptr ? inside : at;
  for (const ObjectId lock : locks_) {
    const auto found = d.objects.find(lock);
    if (found == d.objects.end() || found->second.status != Status::closed) {
      meet(Check::block_under_lock, at, lock, false, nullptr);
      continue;
    }
    const Stmt* wanted_at = nullptr;
    for (const SpawnId task : d.pending)
      if (wanted_at == nullptr && waits_for_holder(spawns_[task], lock, at, object, d))
        for (const auto& [used, effect] : spawns_[task].effects)
          if (used == lock) wanted_at = effect.lock_at;
    meet(Check::block_under_lock, at, lock, true, found->second.since, wanted_at != nullptr ? wanted_at : inside,
         wanted_at == nullptr);
  }
}

// Does the wait last until the task has had the lock?
bool Simulation::waits_for_holder(const Spawn& task, ObjectId lock, const Stmt* at, Value object,
                                  const Disjunct& d) const {
  const auto effect_of = [](const Spawn& spawn, ObjectId what) -> const Effect* {
    for (const auto& [used, effect] : spawn.effects)
      if (used == what) return &effect;
    return nullptr;
  };
  const Effect* locking = effect_of(task, lock);
  if (locking == nullptr || !locking->always_locks) return false;
  if (locking->locks_shared && d.objects.at(lock).shared_lock) return false;
  const auto* join = dyn_cast<CXXMemberCallExpr>(at);
  if (join != nullptr && isa<CXXConstructExpr>(task.at)) {
    const auto* reference = dyn_cast_or_null<DeclRefExpr>(plain(join->getImplicitObjectArgument()));
    const auto* declaration = dyn_cast_or_null<DeclStmt>(body_.user_of(task.at));
    if (reference != nullptr && declaration != nullptr && declaration->isSingleDecl() &&
        declaration->getSingleDecl() == reference->getDecl())
      return true;
  }
  if (!object) return false;
  if (task.group == object) return true;
  const Effect* effect = effect_of(task, *object);
  if (effect == nullptr) return false;
  if (effect->must_done && !effect->early_done) return true;
  // A channel: nobody else may be the one that ends the wait.
  const auto known = d.objects.find(*object);
  if (!is_made(*object) || capacity(*object) != 0 || known == d.objects.end() || known->second.escaped ||
      effect->escapes)
    return false;
  for (const SpawnId other : d.spawned)
    if (&spawns_[other] != &task && effect_of(spawns_[other], *object) != nullptr) return false;
  return !effect->early_send && !effect->early_close;
}

}  // namespace tenter::lint
