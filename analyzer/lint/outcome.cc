// From what the operations met to findings: sentences, with the way that leads there.
#include <algorithm>

#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>
#include <clang/Lex/Lexer.h>

#include "lint/simulation.h"

namespace tenter::lint {

using namespace clang;

namespace {

// Who tries and succeeds may say so by what he returns, and leave the rest to his caller.
bool was_tried(const Stmt* lock, const Model& model) {
  const auto* call = dyn_cast<CXXMemberCallExpr>(lock);
  const FunctionDecl* callee = call != nullptr ? call->getDirectCallee() : nullptr;
  return callee != nullptr && model.role(*callee) == Role::try_lock;
}

}  // namespace

SourceLocation start_of(const Stmt* statement) {
  if (const auto* member = dyn_cast<CXXMemberCallExpr>(statement)) return member->getExprLoc();
  if (const auto* loop = dyn_cast<CXXForRangeStmt>(statement)) return loop->getForLoc();
  // A function's body stands for its end.
  if (const auto* body = dyn_cast<CompoundStmt>(statement)) return body->getRBracLoc();
  return statement->getBeginLoc();
}

std::string Simulation::name_of(ObjectId object) const {
  if (object == some_object) return {};
  const Object& what = unit_.places().object(object);
  if (what.place) return unit_.places().name(*what.place);
  // The variable that it was first put into.
  const Stmt* user = what.site;
  for (unsigned up = 0; user != nullptr && up < 6; ++up) {
    if (const auto* declaration = dyn_cast<DeclStmt>(user)) {
      for (const Decl* each : declaration->decls())
        if (const auto* variable = dyn_cast<VarDecl>(each))
          if (!variable->isImplicit() && variable->getInit() != nullptr &&
              variable->getInit()->getBeginLoc() <= what.site->getBeginLoc() &&
              what.site->getEndLoc() <= variable->getInit()->getEndLoc())
            return variable->getNameAsString();
    }
    if (const auto* assignment = dyn_cast<CXXOperatorCallExpr>(user);
        assignment && assignment->getOperator() == OO_Equal)
      if (const auto place = unit_.places().of(assignment->getArg(0))) return unit_.places().name(*place);
    user = body_.user_of(user);
  }
  return {};
}

bool Simulation::unlocks(ObjectId object) const { return let_go_.contains(object); }

void Simulation::report(Check check, bool certain, const Stmt* at, const std::string& text, const std::string& object,
                        std::vector<Note> notes, std::vector<FixIt> fixes) {
  LintFinding finding;
  finding.check = check;
  finding.certain = certain;
  finding.where = start_of(at);
  finding.text = text;
  finding.object = object;
  finding.function = function_.getQualifiedNameAsString();
  finding.notes = std::move(notes);
  finding.fixes = std::move(fixes);
  unit_.report(std::move(finding), function_);
}

// Is there a way that only goes on from where the lock is taken, and that comes to the end with it whatever happens then?
bool Simulation::leaves_for_good(const Stmt* lock, ObjectId object) const {
  const auto taken = where_.find(lock);
  if (taken == where_.end()) return false;
  const CFGBlock* start = taken->second.first;
  const auto held_in = [&](const CFGBlock& block) {
    const State& state = entries_[block.getBlockID()];
    return !state.empty() && std::all_of(state.disjuncts().begin(), state.disjuncts().end(), [&](const Disjunct& d) {
      const auto found = d.objects.find(object);
      return found != d.objects.end() && found->second.status == Status::closed && found->second.since == lock;
    });
  };
  for (const CFGBlock* from : *cfg_) {
    if (from == start || from == &cfg_->getExit() || !dominators_->properlyDominates(start, from) || !held_in(*from))
      continue;
    // What may come then, until the lock is taken again.
    std::vector<const CFGBlock*> todo = {from};
    llvm::DenseSet<const CFGBlock*> seen = {from, start};
    bool ends = false, lets_go = false;
    while (!todo.empty() && !lets_go) {
      const CFGBlock* block = todo.back();
      todo.pop_back();
      ends |= block == &cfg_->getExit();
      lets_go |= letting_go_.contains(block) || ends_by_failure(*block);
      for (const CFGBlock::AdjacentBlock& next : block->succs())
        if (next.getReachableBlock() != nullptr && seen.insert(next.getReachableBlock()).second)
          todo.push_back(next.getReachableBlock());
    }
    if (ends && !lets_go) return true;
  }
  return false;
}

void Simulation::see_exit(const Stmt* at, const Disjunct& d) {
  for (const auto& [object, state] : d.objects)
    if (unlocks(object) && state.since != nullptr && isa<CXXMemberCallExpr>(state.since) &&
        !was_tried(state.since, unit_.model()) && effects_[object].lets_go == false)
      meet(Check::lock_leaked, state.since, object, state.status == Status::closed, at);
  if (unit_.is_main_task(function_)) return;
  see_objects_of_tasks(at, d);
  see_kept_locks(d);
  for (const SpawnId task : d.spawned)
    for (const VarDecl* used : spawns_[task].by_reference)
      if (isa<ParmVarDecl>(used))  // whose end the control flow graph does not show
        meet(Check::captures_local, spawns_[task].at, some_object, d.pending.contains(task), at, nullptr, false, used);
  for (const SpawnId task : d.spawned)
    for (const auto& [object, effect] : spawns_[task].effects) {
      if (!is_made(object) || capacity(object) != 0) continue;
      const auto found = d.objects.find(object);
      const ObjectState state = found != d.objects.end() ? found->second : ObjectState{};
      bool others_send = state.sent, others_receive = state.received, others_close = state.status == Status::closed;
      for (const SpawnId other : d.spawned)
        for (const auto& [used, theirs] : spawns_[other].effects)
          if (used == object && (other != task || d.repeated.contains(task))) {
            others_send |= theirs.may_send;
            others_receive |= theirs.may_recv && !may_skip(spawns_[other], theirs, &spawns_[task]);
            others_close |= theirs.may_close || theirs.owns_close;
          }
      const bool nobody_knows = state.escaped || effect.escapes || others_close || state.left_to != nullptr ||
                                state.status == Status::unknown;
      if (effect.plain_send && effect.must_send && !effect.may_recv)
        meet(Check::leaked_sender, spawns_[task].at, object, !nobody_knows && !others_receive, at, effect.send_at);
      if (effect.plain_recv && effect.must_recv && !effect.may_send && !effect.may_close)
        meet(Check::leaked_receiver, spawns_[task].at, object, !nobody_knows && !others_send, at, effect.recv_at);
    }
}

void Simulation::report_all() {
  for (const auto& [key, meeting] : meetings_) {
    if (meeting.bad == 0) continue;
    const Stmt* since = meeting.since;
    const std::string name = key.variable != nullptr ? key.variable->getNameAsString() : name_of(key.object);
    const std::string channel = name.empty() ? "the channel" : "'" + name + "'";
    std::vector<Note> notes;
    const auto note = [&](const Stmt* where, const std::string& text) {
      if (where != nullptr) notes.push_back({start_of(where), text});
    };
    bool certain = !meeting.weak && (meeting.good == 0 || must_follow(since, key.at));
    const bool every_time = meeting.good == 0;
    const bool by_call = since != nullptr && where_.contains(since) && !isa<CXXForRangeStmt>(since);
    const bool known_loop = since != nullptr && isa<CXXForRangeStmt>(since);
    // That a loop which can also be left ever ends by a close is only known to whoever knows all that have the channel.
    if (known_loop && !every_time && body_.leaves_early(since)) certain = false;
    const char* closed_how = known_loop ? "it is closed when this loop ends" : "closed here";
    std::vector<FixIt> fixes;
    std::string text;
    switch (key.check) {
      case Check::double_close: {
        const bool by_task = std::any_of(spawns_.begin(), spawns_.end(), [&](const Spawn& s) { return s.at == since; });
        const auto* giver = dyn_cast_or_null<CallExpr>(since);
        const FunctionDecl* owner = giver != nullptr ? giver->getDirectCallee() : nullptr;
        const bool by_owner =
            owner != nullptr && std::any_of(owner->param_begin(), owner->param_end(), [&](const ParmVarDecl* each) {
              return unit_.model().contract(*each).owns_close;
            });
        text = channel + (since == key.at ? " is closed again in the next turn of the loop"
                          : by_owner      ? " is closed here, although it was given to somebody else to close"
                          : by_task       ? " is closed here and by a task"
                          : every_time    ? " is closed twice"
                                          : " is closed twice on a path that closes it earlier");
        if (since != key.at)
          note(since, by_task ? "closed by the task that is started here" : by_owner ? "given away here" : closed_how);
        note(meeting.because, "the close that this call leads to");
        if (every_time && certain && by_call && meeting.because == nullptr && since != key.at) {
          // Only a statement of its own can go.
          if (isa_and_nonnull<CompoundStmt>(body_.user_of(key.at))) fixes.push_back({key.at->getSourceRange(), {}, {}});
        }
        break;
      }
      case Check::send_after_close:
        text = every_time ? "a value is sent on " + channel + ", which is closed"
                          : "a value is sent on " + channel + " after it was closed on a path that comes here";
        note(since, closed_how);
        note(meeting.because, "the send that this call leads to");
        break;
      case Check::multiple_closers:
        text =
            since == key.at ? "each task that is started here closes " + channel : channel + " is closed by two tasks";
        if (since != key.at) note(since, "the other one is started here");
        note(meeting.because, "closed here");
        break;
      case Check::close_by_receiver:
        certain = false;
        text = channel + " is closed by its receiver, and a task may still send on it";
        note(since, "the task is started here");
        note(meeting.because, "it sends here");
        break;
      case Check::close_races_send: {
        if (std::any_of(spawns_.begin(), spawns_.end(), [&](const Spawn& each) { return each.at == key.at; })) {
          text = channel + " is closed by one task while another may still send on it, and nothing orders the two";
          note(since, "the other one is started here");
          const auto* use = dyn_cast_or_null<CallExpr>(meeting.because);
          const FunctionDecl* how = use != nullptr ? use->getDirectCallee() : nullptr;
          const bool by_close = how != nullptr && unit_.model().role(*how) == Role::close;
          note(meeting.because, by_close ? "it closes here" : "it sends here");
          break;
        }
        const bool closes = unit_.model().role(*cast<CallExpr>(key.at)->getDirectCallee()) == Role::close;
        text = closes ? channel + " is closed while a task may still send on it, and nothing orders the two"
                      : "a value is sent on " + channel + " while a task may already have closed it";
        certain = !meeting.weak;
        note(since, "the task is started here");
        note(meeting.because, closes ? "it sends here" : "it closes here");
        break;
      }
      case Check::handle_reassigned:
        text = "the variable '" + name + "' is replaced while a task may use it";
        certain = true;
        note(since, "the task that refers to it is started here");
        break;
      case Check::nil_operation:
        if (meeting.good != 0) certain = false;
        text = isa<CallExpr>(key.at) && cast<CallExpr>(key.at)->getDirectCallee() != nullptr &&
                       unit_.model().role(*cast<CallExpr>(key.at)->getDirectCallee()) != Role::close &&
                       meeting.because == nullptr
                   ? channel + " is the nil channel, on which this waits for ever"
                   : channel + " is the nil channel, which cannot be closed";
        note(meeting.because, "the close that this call leads to");
        break;
      case Check::leaked_sender:
      case Check::leaked_receiver: {
        const bool sends = key.check == Check::leaked_sender;
        const auto [skipping, effect] = receiver_that_may_skip(key.object);
        if (sends && skipping != nullptr) {
          const bool by_task =
              std::any_of(spawns_.begin(), spawns_.end(), [&](const Spawn& each) { return each.at == key.at; });
          certain = (every_time || (by_task && dominates(key.at, since))) && asks_for_all(*skipping, key.at);
          text = (by_task ? "this task" : "this send") +
                 std::string(" may wait for ever, because the task that receives from ") + channel +
                 " may end without having done so";
          if (by_task) note(meeting.because, "it sends here");
          note(effect->end_without_recv, "the receiver may end here");
          break;
        }
        // How often a loop is gone through is mostly decided by what it receives or sends.
        const Effect& own = effects_[key.object];
        const Stmt* const partner = sends ? own.recv_at : own.send_at;
        const bool in_loop = where_.contains(partner) && body_.loop_of(partner) != nullptr;
        certain = every_time || (dominates(key.at, since) && !in_loop);
        text = "this task may wait for ever, because nobody " + std::string(sends ? "receives from " : "sends on ") +
               channel + (every_time ? "" : " on a path to the function's end");
        note(meeting.because, sends ? "it sends here" : "it receives here");
        if (!every_time) note(since, "the function may end here");
        if (sends)
          if (const auto* made = dyn_cast_or_null<CallExpr>(unit_.places().object(key.object).site))
            if (made->getNumArgs() == 1 && isa<CXXDefaultArgExpr>(made->getArg(0)))
              fixes.push_back({{}, made->getRParenLoc(), "1"});
        break;
      }
      case Check::self_deadlock:
        if (meeting.good != 0) certain = false;
        text = "nobody else has " + channel + " yet, so this waits for ever";
        break;
      case Check::double_lock:
        text = (name.empty() ? std::string("the lock") : "'" + name + "'") +
               (since == key.at ? " is locked again in the next turn of the loop" : " is locked twice");
        if (since != key.at) note(since, "locked here");
        note(meeting.because, "the lock that this call takes");
        break;
      case Check::lock_leaked:
        // Where all paths end with it, somebody else is meant to let go.
        if (std::all_of(exits_.begin(), exits_.end(), [&](const auto& exit) {
              const auto state = exit.second.objects.find(key.object);
              return state != exit.second.objects.end() && state->second.status == Status::closed;
            }))
          continue;
        certain = dominates(key.at, since) || leaves_for_good(key.at, key.object);
        text = (name.empty() ? std::string("the lock") : "'" + name + "'") +
               " is still held on a path out of the function";
        note(since, "which ends here");
        break;
      case Check::add_in_task:
        text = (name.empty() ? std::string("the wait group") : "'" + name + "'") +
               " is added to in the task, which may be after the wait";
        note(since, "the wait");
        break;
      case Check::done_missing:
        text = "the task returns without the done() on " +
               (name.empty() ? std::string("the wait group") : "'" + name + "'");
        certain = !meeting.weak;
        note(meeting.because, "other paths do it here");
        note(since, "the task is started here");
        break;
      case Check::select_busy_loop:
        text = "this loop never waits: while no case can go ahead, it turns without doing anything";
        break;
      case Check::captures_local:
        text = "the task refers to '" + name + "', which may end before the task does";
        certain = every_time || (since != nullptr && dominates(key.at, since));
        if (key.variable != nullptr) notes.push_back({key.variable->getLocation(), "declared here"});
        break;
      default:
        if (std::optional<Told> told = tell(key, meeting))
          report(key.check, told->certain, told->at, told->text, name, std::move(told->notes), std::move(told->fixes));
        continue;
    }
    report(key.check, certain, key.at, text, name, std::move(notes), std::move(fixes));
  }
  report_unclosed_ranges();
  report_lost_handles();
  report_lost_done();
  report_lost_threads();
}

void Simulation::report_unclosed_ranges() {
  std::map<ObjectId, Effect> all;
  std::map<ObjectId, const Stmt*> loops;
  for (const auto& [object, effect] : effects_)
    if (is_made(object)) all[object] = effect;
  for (const Spawn& task : spawns_)
    for (const auto& [object, effect] : task.effects) {
      if (!is_made(object)) continue;
      Effect& sum = all[object];
      sum.escapes |= effect.escapes;
      sum.may_close |= effect.may_close;
      sum.owns_close |= effect.owns_close;
      if (effect.may_range && !effect.leaves_range && !unit_.is_main_task(function_)) loops[object] = effect.recv_at;
    }
  for (const auto& [object, effect] : effects_)
    if (is_made(object) && effect.may_range && !effect.leaves_range) loops[object] = effect.recv_at;
  for (const auto& [object, loop] : loops) {
    const Effect& sum = all[object];
    if (loop == nullptr || sum.escapes || sum.may_close || sum.owns_close) continue;
    const std::string name = name_of(object);
    std::vector<Note> notes;
    if (const Stmt* made = unit_.places().object(object).site) notes.push_back({start_of(made), "made here"});
    report(
        Check::range_never_closed, true, loop,
        "this loop never ends, because nobody closes " + (name.empty() ? std::string("the channel") : "'" + name + "'"),
        name, std::move(notes));
  }
}

}  // namespace tenter::lint
