// What is done to an object, and what that meets.
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include <algorithm>

#include "lint/simulation.h"

namespace tenter::lint {

using namespace clang;

namespace {

// Does the switch leave at once where the value is `number`?
bool does_nothing(const SwitchStmt& choice, std::size_t number, const ASTContext& context) {
  const SwitchCase* taken = nullptr;
  for (const SwitchCase* each = choice.getSwitchCaseList(); each != nullptr; each = each->getNextSwitchCase()) {
    const auto* label = dyn_cast<CaseStmt>(each);
    if (label == nullptr && taken == nullptr) taken = each;  // default
    if (label != nullptr && label->getLHS()->EvaluateKnownConstInt(context) == static_cast<std::int64_t>(number))
      taken = each;
  }
  const Stmt* what = taken;
  while (const auto* label = dyn_cast_or_null<SwitchCase>(what)) what = label->getSubStmt();
  return what == nullptr || isa<BreakStmt, ContinueStmt>(what);
}

}  // namespace

Effect promised(const Contract& contract) {
  Effect effect;
  effect.may_send = effect.must_send = contract.sends;
  effect.may_close = effect.must_close = contract.closes;
  effect.may_recv = contract.receives;
  effect.owns_close = contract.owns_close;
  return effect;
}

// The member or global variable that a lock is, for all functions: an object of the same class may be another one, which is
// not told apart.
const ValueDecl* Simulation::lasting_lock(ObjectId object) const {
  if (object == some_object) return nullptr;
  const Object& what = unit_.places().object(object);
  if (!what.place) return nullptr;
  const Place& place = unit_.places().place(*what.place);
  const ValueDecl* last = place.path.empty() ? place.root : place.path.back();
  if (last == nullptr || unit_.model().kind(last->getType()) != Kind::mutex) return nullptr;
  const auto* variable = dyn_cast<VarDecl>(last);
  return variable == nullptr || variable->hasGlobalStorage() ? last : nullptr;
}

std::optional<LockId> Simulation::identity(ObjectId object) const {
  const ValueDecl* lock = lasting_lock(object);
  return lock != nullptr ? unit_.lock_id(*lock) : std::nullopt;
}

void Simulation::take(LockId lock, bool shared, const Stmt* at, const Stmt* inside, const Disjunct& d) {
  if (!watching_) return;
  const Acquisition acquisition{lock, shared, inside != nullptr ? inside : at};
  const auto [known, fresh] = acquired_.try_emplace(lock, acquisition);
  if (!fresh && !shared) known->second.shared = false;
  std::map<LockId, const ObjectState*> held;
  for (const auto& [object, state] : d.objects)
    if (state.status == Status::closed)
      if (const auto other = identity(object); other && *other != lock) held.emplace(*other, &state);
  for (const auto& [other, state] : held) {
    LockOrder order{.edge = {other, lock, state->shared_lock, shared, {}},
                    .held_at = state->since,
                    .wanted_at = at,
                    .inside = inside,
                    .function = &function_};
    for (const auto& [gate, its_state] : held)
      if (gate != other && !its_state->shared_lock) order.edge.gates.insert(gate);
    unit_.add_order(std::move(order));
  }
}

Effect& Simulation::effect_on(ObjectId object) {
  static thread_local Effect nobody_looks;
  if (!watching_) return nobody_looks;
  // What is done to something that took the place's old content is not what a caller can follow.
  const Object& what = unit_.places().object(object);
  if (what.origin == Object::Origin::later && what.place && !is_own(unit_.places().place(*what.place)))
    effects_[unit_.places().id(Object{Object::Origin::entry, nullptr, what.place})].escapes = true;
  return effects_[object];
}

void Simulation::meet(Check check, const Stmt* at, ObjectId object, bool bad, const Stmt* since, const Stmt* because,
                      bool weak, const ValueDecl* variable) {
  if (!watching_) return;
  Meeting& meeting = meetings_[MeetingKey{check, at, object, variable}];
  if (!bad) {
    ++meeting.good;
    return;
  }
  ++meeting.bad;
  meeting.weak |= weak;
  if (meeting.since == nullptr) {
    meeting.since = since;
    meeting.because = because;
  }
}

void Simulation::sync(Disjunct& d, bool for_certain) {
  d.pending.clear();
  d.slept.clear();
  d.synced = true;
  d.waited |= for_certain;
  if (watching_) syncs_ = true;
}

void Simulation::check_send(ObjectId object, const Stmt* at, bool weak, const Stmt* inside, Disjunct& d) {
  if (body_.caught(at)) return;
  const ObjectState& state = d.objects[object];
  meet(Check::send_after_close, at, object, state.status == Status::closed, state.since, inside, weak);
  for (const SpawnId task : d.pending)
    for (const auto& [used, effect] : spawns_[task].effects)
      if (used == object && effect.must_close && effect.early_close && !effect.use_is_caught)
        meet(Check::close_races_send, at, object, true, spawns_[task].at, effect.close_at, weak);
}

void Simulation::check_close(ObjectId object, const Stmt* at, bool weak, const Stmt* inside, Disjunct& d) {
  if (body_.caught(at)) return;
  const ObjectState& state = d.objects[object];
  const bool left = state.status != Status::closed && state.left_to != nullptr;
  meet(Check::double_close, at, object, state.status == Status::closed || left, left ? state.left_to : state.since,
       inside, weak);
  for (const SpawnId task : d.spawned)
    for (const auto& [used, effect] : spawns_[task].effects) {
      if (used != object || effect.use_is_caught) continue;
      if (d.pending.contains(task) && effect.must_send)
        meet(Check::close_races_send, at, object, true, spawns_[task].at, effect.send_at, weak);
      else if (!d.pending.contains(task) && effect.many_sends && effect.may_send && state.received && !state.ranged)
        meet(Check::close_by_receiver, at, object, true, spawns_[task].at, effect.send_at, weak);
    }
}

void Simulation::send(Value object, const Stmt* at, How how, Disjunct& d) {
  if (object) {
    if (is_nil(*object)) {
      if (how == How::plain) meet(Check::nil_operation, at, *object, true, nullptr);
    } else {
      check_send(*object, at, false, nullptr, d);
    }
    ObjectState& state = d.objects[*object];
    const auto room = capacity(*object);
    if (how == How::plain && room == 0 && state.status == Status::open) see_left_sender(*object, at, d);
    if (how == How::plain && room && state.status != Status::closed)
      meet(Check::self_deadlock, at, *object, !state.shared && state.queued >= 0 && state.queued >= *room, nullptr);
    const bool again = body_.loop_of(at) != nullptr;
    if (how == How::plain && !(room && state.queued >= 0 && state.queued < *room)) see_wait(at, object, nullptr, d);
    state.queued = !again && how == How::plain && state.queued >= 0 && state.queued < 100
                       ? static_cast<std::int8_t>(state.queued + 1)
                       : std::int8_t{-1};
    if (how != How::tried) state.sent = true;
    Effect& effect = effect_on(*object);
    effect.many_sends |= again || (effect.send_at != nullptr && effect.send_at != at);
    effect.may_send = true;
    effect.plain_send |= how == How::plain;
    effect.early_send |= !d.synced;
    effect.use_is_caught |= body_.caught(at);
    if (effect.send_at == nullptr) effect.send_at = at;
  }
  if (how == How::plain && !object) see_wait(at, object, nullptr, d);
  // A send that goes ahead may do so because somebody has received before.
  if (how != How::selected) sync(d);
}

void Simulation::recv(Value object, const Stmt* at, How how, Disjunct& d) {
  if (object) {
    ObjectState& state = d.objects[*object];
    if (is_nil(*object) && how == How::plain) meet(Check::nil_operation, at, *object, true, nullptr);
    if (is_made(*object) && how == How::plain && state.status != Status::closed)
      meet(Check::self_deadlock, at, *object, !state.shared && state.queued == 0, nullptr);
    if (how == How::plain && state.queued <= 0) see_wait(at, object, nullptr, d);
    if (state.queued > 0 && body_.loop_of(at) == nullptr && how == How::plain) --state.queued;
    else if (state.queued != 0) state.queued = -1;
    state.received = true;
    Effect& effect = effect_on(*object);
    effect.may_recv = true;
    effect.plain_recv |= how == How::plain;
    if (effect.recv_at == nullptr) effect.recv_at = at;
  }
  if (how == How::plain && !object) see_wait(at, object, nullptr, d);
  // Whoever tries may learn of others, too.
  sync(d);
}

void Simulation::close(Value object, const Stmt* at, Disjunct& d) {
  if (!object) return;
  if (is_nil(*object)) {
    if (!body_.caught(at)) meet(Check::nil_operation, at, *object, true, nullptr);
    return;
  }
  check_close(*object, at, false, nullptr, d);
  ObjectState& state = d.objects[*object];
  if (state.status != Status::closed) state.since = at;
  state.status = Status::closed;
  state.settled = true;
  Effect& effect = effect_on(*object);
  effect.may_close = true;
  effect.early_close |= !d.synced;
  effect.use_is_caught |= body_.caught(at);
  if (effect.close_at == nullptr) effect.close_at = at;
}

void Simulation::lock(Value object, const Stmt* at, bool shared, Disjunct& d) {
  if (object) {
    if (watching_) locked_at_[*object].push_back(at);
    if (const auto lock = identity(*object)) take(*lock, shared, at, nullptr, d);
    ObjectState& state = d.objects[*object];
    if (!shared || !state.shared_lock)
      meet(Check::double_lock, at, *object, state.status == Status::closed, state.since);
    Effect& effect = effect_on(*object);
    if (state.status == Status::unknown) {
      effect.may_lock = true;
      effect.locks_shared |= shared;
      effect.must_lock |= !d.synced;
      effect.always_locks |= !d.synced && happens_always();
      if (effect.lock_at == nullptr) effect.lock_at = at;
    }
    locks_.insert(*object);
    state.status = Status::closed;
    state.settled = false;
    state.shared_lock = shared;
    state.since = at;
  }
  sync(d);
}

void Simulation::see_unlock(ObjectId object) {
  if (!watching_) return;
  let_go_.insert(object);
  letting_go_.insert(block_);
}

// By a lock() that stands in this function: not by what it has called.
bool Simulation::holds_by_itself(ObjectId object, const Disjunct& d) const {
  const auto known = d.objects.find(object);
  if (known == d.objects.end() || known->second.status != Status::closed) return false;
  const auto* call = dyn_cast_or_null<CXXMemberCallExpr>(known->second.since);
  const FunctionDecl* callee = call != nullptr ? call->getDirectCallee() : nullptr;
  const Role role = callee != nullptr ? unit_.model().role(*callee) : Role::none;
  return role == Role::lock || role == Role::lock_shared || role == Role::try_lock ||
         isa_and_nonnull<CXXConstructExpr>(known->second.since);
}

// Is what the function itself has locked all that is let go there? After a loop that locks, that it has run is taken for granted.
bool Simulation::is_partner(ObjectId object, const Stmt* unlock, const Disjunct& d) const {
  if (holds_by_itself(object, d)) return true;
  const auto known = d.objects.find(object);
  if (known != d.objects.end() && known->second.status != Status::unknown) return false;
  const auto locks = locked_at_.find(object);
  return locks != locked_at_.end() && std::any_of(locks->second.begin(), locks->second.end(), [&](const Stmt* lock) {
           const Stmt* loop = body_.loop_of(lock);
           for (const Stmt* around = body_.loop_of(unlock); around != nullptr; around = body_.loop_of(around))
             if (around == loop) return false;
           return loop != nullptr;
         });
}

void Simulation::unlock(Value object, const Stmt* at, Disjunct& d) {
  if (!object) return;
  if (watching_ && at != nullptr) unit_.see_unlock(*at, is_partner(*object, at, d));
  ObjectState& state = d.objects[*object];
  Effect& effect = effect_on(*object);
  if (state.status == Status::unknown) effect.lets_go = true;
  state.status = Status::open;
  state.settled = true;
  state.since = nullptr;
  see_unlock(*object);
}

void Simulation::apply_effect(ObjectId object, const Effect& effect, const Stmt* at, bool at_most_once, Disjunct& d) {
  const bool caught = effect.use_is_caught || body_.caught(at);
  if (is_nil(object)) {
    if (effect.must_close && !caught && !at_most_once)
      meet(Check::nil_operation, at, object, true, nullptr, effect.close_at);
    return;
  }
  if (effect.may_send && !caught && !effect.owns_close)
    check_send(object, at, at_most_once || !effect.must_send, effect.send_at, d);
  if ((effect.may_close || effect.owns_close) && !effect.may_send && !caught)
    check_close(object, at, at_most_once || !(effect.must_close || effect.owns_close), effect.close_at, d);
  ObjectState& state = d.objects[object];
  if (effect.may_lock && !at_most_once && (!effect.locks_shared || !state.shared_lock))
    meet(Check::double_lock, at, object, state.status == Status::closed, state.since, effect.lock_at,
         !effect.must_lock);
  if (effect.holds) {
    locks_.insert(object);
    state.status = Status::closed;
    state.settled = false;
    state.since = at;
  } else if (effect.lets_go) {
    state.status = Status::open;
    state.settled = true;
    see_unlock(object);
  }
  if (!at_most_once) {
    state.sent |= effect.must_send;
    state.received |= effect.must_recv;
    if (effect.must_close || effect.must_done) state.settled = true;
  }
  if (effect.must_close && !at_most_once) {
    if (state.status != Status::closed) state.since = at;
    state.status = Status::closed;
  } else if (effect.may_close && state.status != Status::closed) {
    state.status = Status::unknown;
  }
  if (effect.owns_close) state.left_to = at;
  if (effect.escapes) state.escaped = state.shared = true;
  if (effect.may_send || effect.may_recv || effect.escapes) state.queued = -1;
  if (effect.adds_first) state.counted = true;

  Effect& all = effect_on(object);
  all.escapes |= effect.escapes;
  all.early_send |= effect.early_send && !d.synced;
  all.early_close |= effect.early_close && !d.synced;
  if (effect.adds_first && !all.adds_first && all.done_at == nullptr) {
    all.adds_first = true;
    all.add_at = effect.add_at;
  }
  if (effect.may_range) {
    all.leaves_range = effect.leaves_range || (all.may_range && all.leaves_range);
    all.may_range = true;
  }
  all.many_sends |= effect.many_sends || (effect.may_send && (all.may_send || body_.loop_of(at) != nullptr));
  all.may_send |= effect.may_send;
  all.may_recv |= effect.may_recv;
  all.may_close |= effect.may_close;
  all.plain_send |= effect.plain_send;
  all.plain_recv |= effect.plain_recv;
  all.use_is_caught |= caught;
  all.owns_close |= effect.owns_close;
  all.may_done |= effect.may_done;
  all.early_done |= effect.early_done && !d.synced;
  if (effect.may_lock && state.status != Status::closed && !at_most_once) {
    all.may_lock = true;
    all.must_lock |= effect.must_lock && !d.synced;
    all.always_locks |= effect.always_locks && !d.synced && happens_always();
    all.locks_shared |= effect.locks_shared;
  }
  const auto keep = [](const Stmt*& where, const Stmt* other) {
    if (where == nullptr) where = other;
  };
  keep(all.send_at, effect.send_at);
  keep(all.recv_at, effect.recv_at);
  keep(all.close_at, effect.close_at);
  keep(all.lock_at, effect.lock_at);
  keep(all.done_at, effect.done_at);
}

void Simulation::start(SpawnId id, Disjunct& d) {
  const Spawn& task = spawns_[id];
  for (const auto& [object, effect] : task.effects) {
    ObjectState& state = d.objects[object];
    const bool caught = effect.use_is_caught || body_.caught(task.at);
    if (!caught && !is_nil(object)) {
      if (effect.must_send)
        meet(Check::send_after_close, task.at, object, state.status == Status::closed, state.since, effect.send_at);
      else if (effect.must_close)
        meet(Check::double_close, task.at, object, state.status == Status::closed, state.since, effect.close_at);
      if (effect.must_close)
        meet(Check::multiple_closers, task.at, object, state.left_to != nullptr, state.left_to, effect.close_at);
    }
    if (effect.may_done && !effect.must_done && effect.return_without_done != nullptr)
      meet(Check::done_missing, effect.return_without_done, object, state.counted, task.at, effect.done_at);
    if ((effect.must_close || effect.owns_close) && !caught && state.left_to == nullptr) state.left_to = task.at;
    for (const SpawnId other : d.pending) {
      if (other == id || caught || is_nil(object)) continue;
      for (const auto& [used, theirs] : spawns_[other].effects) {
        if (used != object || theirs.use_is_caught) continue;
        if (effect.must_close && effect.early_close && theirs.must_send)
          meet(Check::close_races_send, task.at, object, true, spawns_[other].at, theirs.send_at);
        else if (effect.must_send && theirs.must_close && theirs.early_close)
          meet(Check::close_races_send, task.at, object, true, spawns_[other].at, theirs.close_at);
      }
    }
    state.shared = true;
    state.queued = -1;
    if (effect.escapes) state.escaped = true;
    effect_on(object).escapes |= effect.escapes;
    if (effect.lets_go) may_be_let_go(object, d);
  }
  start_beside_others(id, d);
  if (d.spawned.contains(id)) d.repeated.insert(id);
  d.spawned.insert(id);
  d.pending.insert(id);
}

// Is the select all that a loop does, and does it do nothing when no case can go ahead? `idle`: the index of otherwise().
bool Simulation::turns_idly(const CallExpr& call, const Expr* idle_handler, std::size_t idle) const {
  if (idle_handler != nullptr) {
    const auto* lambda = dyn_cast_or_null<LambdaExpr>(plain(idle_handler));
    const auto* body = lambda != nullptr ? dyn_cast<CompoundStmt>(lambda->getBody()) : nullptr;
    if (body == nullptr || !body->body_empty()) return false;
  }
  const Stmt* loop = body_.loop_of(&call);
  const Stmt* inside = nullptr;
  if (const auto* plain_loop = dyn_cast_or_null<ForStmt>(loop))
    inside = plain_loop->getInc() ? nullptr : plain_loop->getBody();
  else if (const auto* while_loop = dyn_cast_or_null<WhileStmt>(loop)) inside = while_loop->getBody();
  else if (const auto* do_loop = dyn_cast_or_null<DoStmt>(loop)) inside = do_loop->getBody();
  if (const auto* block = dyn_cast_or_null<CompoundStmt>(inside))
    inside = block->size() == 1 ? block->body_front() : nullptr;
  const auto* choice = dyn_cast_or_null<SwitchStmt>(inside);
  const auto* only = choice != nullptr ? choice->getCond() : dyn_cast_or_null<Expr>(inside);
  return only != nullptr && plain(only) == &call && (choice == nullptr || does_nothing(*choice, idle, unit_.context()));
}

void Simulation::select(const CallExpr& call, Disjunct& d, std::vector<Disjunct>& forks) {
  struct Case {
    const CallExpr* what;
    Role role;
    const Expr* handler;
  };
  std::vector<Case> cases;
  bool waits = true;
  const Expr* idle = nullptr;  // the handler of otherwise()
  std::size_t idle_index = 0;
  for (const Expr* each : call.arguments()) {
    const auto* what = dyn_cast_or_null<CallExpr>(plain(each));
    if (const auto* moved = dyn_cast_or_null<CXXConstructExpr>(plain(each));
        moved != nullptr && moved->getNumArgs() == 1)
      what = dyn_cast_or_null<CallExpr>(plain(moved->getArg(0)));
    const FunctionDecl* callee = what != nullptr ? what->getDirectCallee() : nullptr;
    const Role role = callee != nullptr ? unit_.model().role(*callee) : Role::none;
    const bool known = role == Role::on_recv || role == Role::on_send || role == Role::otherwise;
    if (!known) {
      for (const Expr* argument : call.arguments()) escape(argument, d);
      sync(d);
      forget_foreign(&call, d);
      return;
    }
    waits &= role != Role::otherwise;
    const Expr* handler = what->getNumArgs() != 0 ? what->getArg(what->getNumArgs() - 1) : nullptr;
    if (handler != nullptr && isa<CXXDefaultArgExpr>(handler)) handler = nullptr;
    if (role == Role::otherwise) {
      idle = handler;
      idle_index = cases.size();
    }
    cases.push_back({what, role, handler});
  }
  if (!waits && turns_idly(call, idle, idle_index)) meet(Check::select_busy_loop, &call, some_object, true, nullptr);
  if (waits) see_wait(&call, std::nullopt, nullptr, d);
  // Which case it will be is known to nobody: each goes on by itself.
  const Disjunct before = d;
  bool first = true;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& each = cases[i];
    Disjunct now = before;
    if (each.role != Role::otherwise) {
      const Value channel = value(each.what->getArg(0), now);
      if (channel && is_nil(*channel)) continue;  // never chosen
      if (each.role == Role::on_send) {
        escape(each.what->getArg(1), now);
        send(channel, each.what, How::selected, now);
        sync(now);
      } else {
        recv(channel, each.what, How::selected, now);
        see_closed_case(call, channel, each.handler, now);
      }
    }
    if (each.handler != nullptr) {
      if (const auto handler = callable(each.handler, {})) {
        apply(*handler, each.what, now);
      } else {
        escape(each.handler, now);
        sync(now);
        forget_foreign(&call, now);
      }
    }
    facts_.set_value(&call, static_cast<std::int64_t>(i), now);
    if (first) d = std::move(now);
    else forks.push_back(std::move(now));
    first = false;
  }
}

}  // namespace tenter::lint
