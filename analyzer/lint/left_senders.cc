// Sends to tasks that may end without having received.
#include <algorithm>

#include <clang/AST/ExprCXX.h>

#include "lint/conditions.h"
#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

bool receives_once(const Stmt* body, const Model& model) {
  unsigned receives = 0;
  const auto count = [&](const auto& self, const Stmt* statement) -> void {
    if (statement == nullptr) return;
    if (const auto* call = dyn_cast<CallExpr>(statement); call != nullptr && call->getDirectCallee() != nullptr) {
      const Role role = model.role(*call->getDirectCallee());
      if (role == Role::recv || role == Role::try_recv || role == Role::range || role == Role::on_recv) ++receives;
    }
    for (const Stmt* child : statement->children()) self(self, child);
  };
  count(count, body);
  return receives == 1;
}

}  // namespace

// May the task end without having received, because of something that has nothing to do with whether anybody sends?
bool Simulation::may_skip(const Spawn& receiver, const Effect& effect, const Spawn* sender) const {
  if (effect.end_without_recv == nullptr || effect.must_recv || receiver.lambda == nullptr) return false;
  if (sender != nullptr && sender->lambda == nullptr) return false;
  Words others = words_of_conditions(function_.getBody());
  if (sender != nullptr)
    for (const ValueDecl* word : words_of_conditions(sender->lambda->getBody())) others.insert(word);
  const Stmt* body = receiver.lambda->getBody();
  if (!have_common(words_of_conditions(body), others)) return true;
  // Where it only receives there, one condition that has nothing to do with the others is enough.
  return receives_once(body, unit_.model()) && llvm::any_of(words_around(body, effect.recv_at), [&](const Words& each) {
           return !have_common(each, others);
         });
}

auto Simulation::receiver_that_may_skip(ObjectId object) const -> std::pair<const Spawn*, const Effect*> {
  for (const Spawn& task : spawns_)
    for (const auto& [used, effect] : task.effects)
      if (used == object && may_skip(task, effect, nullptr)) return {&task, &effect};
  return {};
}

// Two conditions that are not one may still go together: only where the receiver asks for all that the sender asks for, too,
// what it asks for besides is its own.
bool Simulation::asks_for_all(const Spawn& receiver, const Stmt* send) const {
  const Words known = words_of_conditions(receiver.lambda->getBody());
  return llvm::all_of(words_around(function_.getBody(), send), [&](const Words& each) {
    return llvm::all_of(each, [&](const ValueDecl* word) { return known.contains(word); });
  });
}

// A send for which only tasks are there that may not receive after all. Whoever is started later is too late.
void Simulation::see_left_sender(ObjectId object, const Stmt* at, const Disjunct& d) {
  if (!watching_) return;
  const auto known = d.objects.find(object);
  if (known == d.objects.end() || known->second.escaped || known->second.left_to != nullptr) return;
  bool any = false, sure = false;
  for (const SpawnId task : d.spawned)
    for (const auto& [used, effect] : spawns_[task].effects) {
      if (used != object) continue;
      any |= effect.may_recv;
      sure |= effect.escapes || effect.may_close || effect.owns_close ||
              (effect.may_recv && !may_skip(spawns_[task], effect, nullptr));
    }
  if (any) meet(Check::leaked_sender, at, object, !sure, nullptr);
}

}  // namespace tenter::lint
