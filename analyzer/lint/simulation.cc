#include "lint/simulation.h"

#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>
#include <clang/Analysis/FlowSensitive/DataflowWorklist.h>

namespace tenter::lint {
namespace {

using namespace clang;

// A block that is visited more often than this has states that never settle; the function is left alone.
constexpr unsigned most_visits = 200;
constexpr unsigned most_blocks = 4000;

std::unique_ptr<CFG> control_flow(const FunctionDecl& function, ASTContext& context) {
  CFG::BuildOptions options;
  options.setAllAlwaysAdd();
  options.AddImplicitDtors = true;
  options.AddLifetime = true;
  options.AddInitializers = true;
  return CFG::buildCFG(&function, function.getBody(), &context, options);
}

const ReturnStmt* return_of(const CFGBlock& block) {
  for (auto element = block.rbegin(); element != block.rend(); ++element)
    if (const auto statement = element->getAs<CFGStmt>())
      if (const auto* found = dyn_cast<ReturnStmt>(statement->getStmt())) return found;
  return nullptr;
}

}  // namespace

bool is_failed_assertion(const Stmt& statement) {
  const auto* result = dyn_cast<ReturnStmt>(&statement);
  if (result == nullptr || result->getRetValue() == nullptr) return false;
  const auto* call = dyn_cast<CXXOperatorCallExpr>(result->getRetValue()->IgnoreParenImpCasts());
  const auto* method = call != nullptr ? dyn_cast_or_null<CXXMethodDecl>(call->getDirectCallee()) : nullptr;
  return method != nullptr && method->getParent()->getQualifiedNameAsString() == "testing::internal::AssertHelper";
}

bool ends_by_failure(const CFGBlock& block) {
  for (const CFGElement& element : block)
    if (const auto statement = element.getAs<CFGStmt>();
        statement && (isa<CXXThrowExpr>(statement->getStmt()) || is_failed_assertion(*statement->getStmt())))
      return true;
  return block.hasNoReturnElement();
}

Simulation::Simulation(Unit& unit, const FunctionDecl& function)
    : unit_(unit), function_(function), body_(function, unit.model()), facts_(unit.context(), body_, function) {
  const auto* method = dyn_cast<CXXMethodDecl>(&function);
  if (method == nullptr || !method->getParent()->isLambda() || !method->isConst()) return;
  llvm::DenseMap<const ValueDecl*, FieldDecl*> captures;
  FieldDecl* self = nullptr;
  method->getParent()->getCaptureFields(captures, self);
  for (const auto& [variable, field] : captures)
    if (!field->getType()->isReferenceType()) copies_.insert(cast<ValueDecl>(variable->getCanonicalDecl()));
}

Simulation::~Simulation() = default;

std::unique_ptr<Summary> Simulation::run() {
  if (!body_.relevant()) {
    auto summary = std::make_unique<Summary>();
    summary->plain = true;
    summary->syncs = summary->waits_itself = body_.calls_unknown();
    if (!calls_matter(*summary) && !unit_.is_task(function_) &&
        (unit_.census() == nullptr || !GuardCensus::counts(function_, unit_)))
      return summary;
  }
  cfg_ = control_flow(function_, unit_.context());
  if (cfg_ == nullptr || cfg_->size() > most_blocks) return nullptr;
  for (const CFGBlock* block : *cfg_) {
    unsigned index = 0;
    for (const CFGElement& element : *block) {
      if (const auto statement = element.getAs<CFGStmt>())
        where_.try_emplace(statement->getStmt(), std::pair(block, index));
      ++index;
    }
    if (const Stmt* terminator = block->getTerminatorStmt()) where_.try_emplace(terminator, std::pair(block, index));
  }
  dominators_ = std::make_unique<CFGDomTree>(cfg_.get());
  postdominators_ = std::make_unique<CFGPostDomTree>(cfg_.get());
  entries_.resize(cfg_->getNumBlockIDs());
  iterate();
  if (entries_.empty()) return nullptr;

  watching_ = true;
  for (const CFGBlock* block : PostOrderCFGView(cfg_.get()))
    if (!entries_[block->getBlockID()].empty()) visit(*block, entries_[block->getBlockID()].disjuncts(), nullptr);
  see_exits();
  report_all();
  return summarize();
}

void Simulation::iterate() {
  PostOrderCFGView order(cfg_.get());
  ForwardDataflowWorklist worklist(*cfg_, &order);
  entries_[cfg_->getEntry().getBlockID()].join(Disjunct{});
  worklist.enqueueBlock(&cfg_->getEntry());
  std::vector<unsigned> visits(cfg_->getNumBlockIDs());
  while (const CFGBlock* block = worklist.dequeue()) {
    if (++visits[block->getBlockID()] > most_visits) {
      entries_.clear();
      return;
    }
    std::vector<Disjunct> after;
    visit(*block, entries_[block->getBlockID()].disjuncts(), &after);
    for (unsigned i = 0; i < block->succ_size(); ++i) {
      const CFGBlock* next = (block->succ_begin() + i)->getReachableBlock();
      if (next == nullptr) continue;
      bool changed = false;
      for (const Disjunct& each : after) {
        Disjunct d = each;
        if (follow(*block, i, d)) changed |= entries_[next->getBlockID()].join(d);
      }
      if (changed) worklist.enqueueBlock(next);
    }
  }
}

void Simulation::visit(const CFGBlock& block, std::vector<Disjunct> states, std::vector<Disjunct>* at_end) {
  block_ = &block;
  for (const CFGElement& element : block) {
    if (const auto statement = element.getAs<CFGStmt>(); statement && is_failed_assertion(*statement->getStmt()))
      return;
    std::vector<Disjunct> forks;
    for (Disjunct& d : states) step(element, d, forks);
    states.insert(states.end(), std::make_move_iterator(forks.begin()), std::make_move_iterator(forks.end()));
    if (states.size() > 4 * State::most_disjuncts) {
      State fewer;
      for (const Disjunct& d : states) fewer.join(d);
      states = fewer.disjuncts();
    }
  }
  if (at_end != nullptr) {
    *at_end = std::move(states);
    return;
  }
  for (const CFGBlock::AdjacentBlock& next : block.succs())
    if (next.getReachableBlock() == &cfg_->getExit() && !ends_by_failure(block))
      for (const Disjunct& d : states) exits_.emplace_back(&block, d);
}

bool Simulation::follow(const CFGBlock& block, unsigned successor, Disjunct& disjunct) {
  const Stmt* terminator = block.getTerminatorStmt();
  if (terminator == nullptr || block.succ_size() < 2) return true;
  if (const auto* choice = dyn_cast<SwitchStmt>(terminator)) {
    const CFGBlock* next = (block.succ_begin() + successor)->getReachableBlock();
    const auto* labelled = next != nullptr ? dyn_cast_or_null<CaseStmt>(next->getLabel()) : nullptr;
    const auto number_of = [&](const CaseStmt& label) -> std::optional<std::int64_t> {
      if (label.getRHS() != nullptr) return std::nullopt;
      return label.getLHS()->EvaluateKnownConstInt(unit_.context()).getExtValue();
    };
    if (labelled != nullptr) {
      const auto number = number_of(*labelled);
      return !number || facts_.assume_case(choice->getCond(), number, {}, disjunct);
    }
    std::vector<std::int64_t> others;
    for (const SwitchCase* each = choice->getSwitchCaseList(); each != nullptr; each = each->getNextSwitchCase())
      if (const auto* label = dyn_cast<CaseStmt>(each))
        if (const auto number = number_of(*label)) others.push_back(*number);
    return facts_.assume_case(choice->getCond(), std::nullopt, others, disjunct);
  }
  if (block.succ_size() != 2) return true;
  const bool outcome = successor == 0;
  if (const auto* loop = dyn_cast<CXXForRangeStmt>(terminator)) {
    // A loop over a channel comes to its end when the channel is closed.
    if (!outcome)
      if (const auto* range = dyn_cast_or_null<VarDecl>(loop->getRangeStmt()->getSingleDecl()))
        if (unit_.model().kind(range->getType()) == Kind::channel)
          if (const Value channel = value(range->getInit(), disjunct)) {
            ObjectState& state = disjunct.objects[*channel];
            if (state.status != Status::closed) state.since = loop;
            state.status = Status::closed;
          }
    return true;
  }
  const auto* condition = dyn_cast_or_null<Expr>(block.getTerminatorCondition());
  if (condition == nullptr || isa<CXXTryStmt>(terminator)) return true;
  see_tried(condition, outcome, disjunct);
  if (const auto nil = says_nil(condition, disjunct); nil && *nil != outcome) return false;
  return facts_.assume(condition, outcome, disjunct);
}

// Where a condition asks whether try_lock() got the lock, the path on which it did has it.
void Simulation::see_tried(const Expr* condition, bool outcome, Disjunct& d) {
  condition = plain(condition);
  while (const auto* unary = dyn_cast_or_null<UnaryOperator>(condition)) {
    if (unary->getOpcode() != UO_LNot) return;
    condition = plain(unary->getSubExpr());
    outcome = !outcome;
  }
  const auto* binary = dyn_cast_or_null<BinaryOperator>(condition);
  if (binary != nullptr && binary->isLogicalOp()) return see_tried(binary->getRHS(), outcome, d);
  const auto* call = dyn_cast_or_null<CXXMemberCallExpr>(condition);
  const FunctionDecl* callee = call != nullptr ? call->getDirectCallee() : nullptr;
  if (!outcome || callee == nullptr || unit_.model().role(*callee) != Role::try_lock) return;
  const Value object = value(call->getImplicitObjectArgument(), d);
  if (!object) return;
  ObjectState& state = d.objects[*object];
  if (state.status == Status::closed) return;
  state.status = Status::closed;
  state.settled = false;
  state.shared_lock = callee->getName() == "try_lock_shared";
  state.since = call;
}

// What a condition that asks whether a handle is nil comes to, where that is known: `if (out)`, `if (out.is_nil())`.
std::optional<bool> Simulation::says_nil(const Expr* condition, Disjunct& d) {
  bool outcome = true;
  condition = plain(condition);
  while (const auto* unary = dyn_cast_or_null<UnaryOperator>(condition)) {
    if (unary->getOpcode() != UO_LNot) return std::nullopt;
    condition = plain(unary->getSubExpr());
    outcome = !outcome;
  }
  const auto* binary = dyn_cast_or_null<BinaryOperator>(condition);
  if (binary != nullptr && binary->isLogicalOp()) {
    const auto last = says_nil(binary->getRHS(), d);
    return last ? std::optional(*last == outcome) : std::nullopt;
  }
  const auto* call = dyn_cast_or_null<CXXMemberCallExpr>(condition);
  const CXXMethodDecl* method = call != nullptr ? call->getMethodDecl() : nullptr;
  if (method == nullptr || unit_.model().role(*method) != Role::query ||
      unit_.model().kind(call->getImplicitObjectArgument()->getType()) != Kind::channel)
    return std::nullopt;
  const bool asks_for_nil = method->getIdentifier() != nullptr && method->getName() == "is_nil";
  if (!asks_for_nil && !isa<CXXConversionDecl>(method)) return std::nullopt;
  const Value channel = value(call->getImplicitObjectArgument(), d);
  if (!channel || (!is_nil(*channel) && !is_made(*channel))) return std::nullopt;
  return (is_nil(*channel) == asks_for_nil) == outcome;
}

bool Simulation::dominates(const Stmt* a, const Stmt* b) const {
  const auto first = where_.find(a), second = where_.find(b);
  if (first == where_.end()) return false;
  if (second == where_.end()) return false;
  if (first->second.first == second->second.first) return first->second.second <= second->second.second;
  return dominators_->dominates(first->second.first, second->second.first);
}

bool Simulation::must_follow(const Stmt* since, const Stmt* at) const {
  if (since == nullptr || at == nullptr) return false;
  const auto first = where_.find(since), second = where_.find(at);
  if (first == where_.end() || second == where_.end()) return false;
  const CFGBlock* from = first->second.first;
  const CFGBlock* to = second->second.first;
  const Stmt* loop = body_.loop_of(at);
  if (loop != nullptr && loop == body_.loop_of(since) && !body_.leaves_early(loop) && !isa<DoStmt>(loop)) {
    // In the next turn of the loop: sure if each turn comes by both.
    for (const CFGBlock* block : *cfg_)
      if (block->getTerminatorStmt() == loop && block->succ_size() == 2)
        if (const CFGBlock* inside = block->succ_begin()->getReachableBlock())
          if (postdominators_->dominates(to, inside) && postdominators_->dominates(from, inside)) return true;
  }
  if (since == at) return false;
  if (from == to) return first->second.second < second->second.second;
  return postdominators_->dominates(to, from);
}

void Simulation::see_exits() {
  for (const auto& [block, d] : exits_) {
    const Stmt* at = return_of(*block);
    // Where it ends without a return, its body stands for the place.
    if (at == nullptr) where_.try_emplace(function_.getBody(), std::pair(block, block->size()));
    see_exit(at != nullptr ? at : function_.getBody(), d);
  }
}

std::vector<const VarDecl*> Simulation::locals(llvm::function_ref<bool(QualType)> is_meant) const {
  std::vector<const VarDecl*> all;
  for (const CFGBlock* block : *cfg_)
    for (const CFGElement& element : *block) {
      const auto each = element.getAs<CFGStmt>();
      const auto* statement = each ? dyn_cast<DeclStmt>(each->getStmt()) : nullptr;
      if (statement == nullptr) continue;
      for (const Decl* declared : statement->decls())
        if (const auto* variable = dyn_cast<VarDecl>(declared);
            variable != nullptr && variable->hasLocalStorage() && is_meant(variable->getType()))
          all.push_back(variable);
    }
  return all;
}

std::unique_ptr<Summary> Simulation::summarize() {
  auto summary = std::make_unique<Summary>();
  summary->returns = !exits_.empty();
  summary->syncs = syncs_;
  summary->unseen = unseen_;
  for (const auto& [lock, acquisition] : acquired_) summary->acquired.push_back(acquisition);
  summary->uses = surest_uses();
  summary->waits_at = waits_at_;
  if (std::count(answers_.begin(), answers_.end(), nullptr) == 0 && !answers_.empty())
    summary->answered_by = answers_.front();
  for (auto& [object, effect] : effects_) {
    const Object& what = unit_.places().object(object);
    if (what.origin != Object::Origin::entry || !what.place) continue;
    bool sent = !exits_.empty(), received = sent, settled = sent, held = sent, done = sent;
    for (const auto& [block, d] : exits_) {
      const auto found = d.objects.find(object);
      const ObjectState state = found != d.objects.end() ? found->second : ObjectState{};
      sent &= state.sent;
      received &= state.received;
      settled &= state.settled;
      held &= state.status == Status::closed && !state.settled;
      done &= state.settled;
      const bool left_to_a_task = std::any_of(d.spawned.begin(), d.spawned.end(), [&](SpawnId task) {
        return std::any_of(spawns_[task].effects.begin(), spawns_[task].effects.end(),
                           [&](const auto& each) { return each.first == object && each.second.may_done; });
      });
      if (effect.may_done && !state.settled && !left_to_a_task) {
        if (const ReturnStmt* at = return_of(*block)) effect.return_without_done = at;
        else effect.end_without_done = function_.getBody();
      }
      const bool only_here = where_.contains(effect.recv_at) && body_.loop_of(effect.recv_at) == nullptr;
      if (effect.plain_recv && only_here && !state.received && !d.waited && !state.shared) {
        const ReturnStmt* at = return_of(*block);
        effect.end_without_recv = at != nullptr ? static_cast<const Stmt*>(at) : function_.getBody();
      }
    }
    // Who comes to the end without it may decide by something else whether it is the last.
    if (effect.end_without_done != nullptr) effect.return_without_done = nullptr;
    effect.must_send = effect.may_send && sent;
    effect.must_recv = effect.may_recv && received;
    effect.must_close = effect.may_close && settled;
    effect.must_done = effect.may_done && done;
    effect.holds = effect.may_lock && held;
    summary->effects.push_back({*what.place, effect});
  }
  // Tasks that were started on some path; what they do is known on all.
  std::set<SpawnId> started;
  for (const auto& [block, d] : exits_) started.insert(d.spawned.begin(), d.spawned.end());
  for (const SpawnId id : started) {
    TaskEffects task{.started_at = spawns_[id].at, .effects = {}, .refers_to_this = spawns_[id].refers_to_this};
    for (const auto& [object, effect] : spawns_[id].effects) {
      const Object& what = unit_.places().object(object);
      if (what.origin == Object::Origin::entry && what.place) task.effects.push_back({*what.place, effect});
    }
    // A task that is not started on every path does nothing for sure.
    for (const auto& [block, d] : exits_)
      if (!d.spawned.contains(id))
        for (PlaceEffect& each : task.effects)
          each.effect.must_send = each.effect.must_recv = each.effect.must_close = each.effect.must_done = false;
    if (!task.effects.empty() || task.refers_to_this) summary->tasks.push_back(std::move(task));
  }
  summary->reassigned.assign(reassigned_.begin(), reassigned_.end());

  // What comes back, if it is the same on all paths.
  Value same;
  bool all = !returned_.empty();
  for (const auto& [known, what] : returned_) {
    all &= known && what.has_value() && (!same || *same == *what);
    if (what) same = what;
  }
  if (all && same) {
    const Object& what = unit_.places().object(*same);
    if (what.origin == Object::Origin::made) summary->returns_made = true;
    if (what.origin == Object::Origin::entry && what.place) {
      const Place& place = unit_.places().place(*what.place);
      const auto* parameter = dyn_cast_or_null<ParmVarDecl>(place.root);
      if (parameter != nullptr && place.path.empty() && parameter->getDeclContext() == &function_)
        summary->returns_parameter = parameter->getFunctionScopeIndex();
    }
  }
  return summary;
}

}  // namespace tenter::lint
