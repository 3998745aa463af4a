// Calls: of functions with a role, of functions that have a summary, and of those of which nothing is known.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/Basic/SourceManager.h>

#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;

// Functions of the system that may wait for another thread, or hear from it.
bool waits_by_name(llvm::StringRef name) {
  for (const char* start : {"pthread_", "sem_",     "wait",   "poll",  "ppoll",    "select", "pselect", "epoll_",
                            "read",     "recv",     "accept", "mtx_",  "cnd_",     "thrd_",  "sig",     "syscall",
                            "flock",    "ftrylock", "lockf",  "fcntl", "__atomic", "fread",  "fget",    "fscanf",
                            "scanf",    "vfscanf",  "vscanf", "get",   "mq_",      "msgrcv", "splice"})
    if (name.starts_with(start)) return true;
  return false;
}

// Can the function neither wait for others nor change what the program's own variables hold?
bool only_computes(const FunctionDecl* callee, const SourceManager& sources) {
  if (callee == nullptr) return false;
  if (is_standard(*callee) && callee->getIdentifier() != nullptr) {
    const llvm::StringRef name = callee->getName();
    if (name == "lock" || name == "try_lock" || name == "call_once" || name.starts_with("atomic_")) return false;
  }
  const bool is_system =
      callee->getIdentifier() != nullptr && callee->isExternC() && sources.isInSystemHeader(callee->getLocation());
  if (is_system && waits_by_name(callee->getName())) return false;
  if (is_standard(*callee) || callee->getBuiltinID() != 0) return true;
  if (callee->isTrivial() || callee->isConstexpr()) return true;
  return is_system;
}

bool is_options(const Expr* argument) {
  const CXXRecordDecl* record = argument->getType()->getAsCXXRecordDecl();
  if (record != nullptr && record->getIdentifier() != nullptr)
    return record->getName() == "TaskOptions" || record->getName() == "RunOptions";
  return argument->getType()->isEnumeralType();  // std::launch
}

bool may_be_changed(QualType parameter) {
  if (parameter.isNull()) return true;
  if (!parameter->isReferenceType() && !parameter->isPointerType()) return false;
  return !parameter->getPointeeType().isConstQualified();
}

// An effect of a function of another unit, as what is found in this one can name its places.
Effect seen_from(const Stmt* at, Effect effect) {
  for (const Stmt* Effect::* where : {&Effect::add_at, &Effect::return_without_done})
    if (effect.*where != nullptr && is_far(*(effect.*where))) effect.*where = at;
  if (effect.may_range && effect.recv_at != nullptr && is_far(*effect.recv_at)) effect.recv_at = at;
  return effect;
}

// The variable of which a new task gets no copy: std::ref(variable), or &variable.
const VarDecl* given_by_reference(const Expr* argument) {
  const Expr* inner = argument->IgnoreParenImpCasts();
  if (const auto* temporary = dyn_cast<MaterializeTemporaryExpr>(inner))
    inner = temporary->getSubExpr()->IgnoreParenImpCasts();
  const Expr* what = nullptr;
  if (const auto* unary = dyn_cast<UnaryOperator>(inner)) {
    if (unary->getOpcode() == UO_AddrOf) what = unary->getSubExpr();
  } else if (const auto* call = dyn_cast<CallExpr>(inner)) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (callee != nullptr && is_standard(*callee) && callee->getIdentifier() != nullptr && call->getNumArgs() == 1 &&
        (callee->getName() == "ref" || callee->getName() == "cref"))
      what = call->getArg(0);
  }
  const auto* reference = what != nullptr ? dyn_cast<DeclRefExpr>(what->IgnoreParenImpCasts()) : nullptr;
  return reference != nullptr ? dyn_cast<VarDecl>(reference->getDecl()) : nullptr;
}

// Does a function of the standard library or of ours that may wait, wait for a task or a thread, keeping all locks?
bool waits_for_task(const FunctionDecl& callee) {
  const auto* method = dyn_cast<CXXMethodDecl>(&callee);
  if (method == nullptr || callee.getIdentifier() == nullptr) return false;
  const llvm::StringRef owner = method->getParent()->getName(), name = callee.getName();
  if (owner == "thread" || owner == "jthread") return name == "join";
  if (owner == "TaskGroup") return name == "wait";
  if (owner == "Semaphore" || owner == "counting_semaphore") return name == "acquire";
  if (owner == "latch" || owner == "barrier") return name.ends_with("wait");
  return owner.ends_with("future") && (name == "get" || name.starts_with("wait"));
}

// std::launch::deferred
bool runs_when_asked_for(const Expr* policy) {
  const auto* reference = dyn_cast<DeclRefExpr>(policy->IgnoreParenImpCasts());
  const auto* constant = reference != nullptr ? dyn_cast<EnumConstantDecl>(reference->getDecl()) : nullptr;
  return constant != nullptr && constant->getName() == "deferred";
}

}  // namespace

// The function that runs when this one is called by name, with a body, or with a summary from another unit; null: not
// in sight, or only known when the program runs.
const FunctionDecl* Simulation::body_of(const FunctionDecl& callee) const {
  const auto* method = dyn_cast<CXXMethodDecl>(&callee);
  if (method != nullptr && method->isVirtual() && !method->hasAttr<FinalAttr>() &&
      !method->getParent()->hasAttr<FinalAttr>())
    return nullptr;
  if (is_standard(callee)) return nullptr;
  const FunctionDecl* definition = nullptr;
  return callee.hasBody(definition) ? definition : unit_.far_function(callee);
}

// Keeps in mind on which functions of other units this depends.
const Summary* Simulation::summary_for(const FunctionDecl& function) {
  const Summary* summary = unit_.summary_of(function);
  if (unit_.may_be_far(function)) unseen_.insert(function.getCanonicalDecl());
  else if (summary != nullptr) unseen_.insert(summary->unseen.begin(), summary->unseen.end());
  return summary;
}

// Of a function that does nothing itself: do those that it calls?
bool Simulation::calls_matter(Summary& plainly) {
  for (const FunctionDecl* callee : body_.callees()) {
    const FunctionDecl* definition = body_of(*callee);
    const Summary* summary = summary_for(definition != nullptr ? *definition : *callee);
    if (definition == nullptr) summary = nullptr;
    if (summary != nullptr && summary->tells()) return true;
    const bool waits = summary != nullptr ? summary->syncs : !only_computes(callee, unit_.context().getSourceManager());
    plainly.syncs |= waits;
    if (summary != nullptr && !unit_.may_be_far(*callee)) plainly.waits_itself |= summary->waits_itself;
    else if (!unit_.may_be_far(*callee)) plainly.waits_itself |= waits;
  }
  plainly.unseen = unseen_;
  return false;
}

void Simulation::call(const CallExpr& call, Disjunct& d, std::vector<Disjunct>& forks) {
  const FunctionDecl* callee = call.getDirectCallee();
  const Role role = callee != nullptr ? unit_.model().role(*callee) : Role::none;
  llvm::ArrayRef<const Expr*> arguments(call.getArgs(), call.getNumArgs());
  const Expr* object = nullptr;
  const auto* operation = dyn_cast<CXXOperatorCallExpr>(&call);
  if (const auto* member = dyn_cast<CXXMemberCallExpr>(&call)) {
    object = member->getImplicitObjectArgument();
  } else if (operation != nullptr && isa_and_nonnull<CXXMethodDecl>(callee) && !arguments.empty()) {
    object = arguments.front();
    arguments = arguments.drop_front();
  }
  if (operation != nullptr && operation->getOperator() == OO_Equal && object != nullptr && arguments.size() == 1 &&
      unit_.model().kind(object->getType()) == Kind::channel) {
    assign(object, arguments[0], &call, d);
    return;
  }
  const auto own = [&] { return object != nullptr ? value(object, d) : std::nullopt; };
  const auto functor = [&]() -> std::optional<Callable> {
    while (!arguments.empty() && is_options(arguments.front())) arguments = arguments.drop_front();
    if (arguments.empty()) return std::nullopt;
    return callable(arguments.front(), arguments.drop_front());
  };
  switch (role) {
    case Role::query:
      // Whoever sees that a context is done, or how many tasks are left, may have heard from the one that ended it.
      if (callee->getIdentifier() != nullptr && (callee->getName() == "err" || callee->getName() == "task_count"))
        sync(d);
      return;
    case Role::try_lock: sync(d); return;
    case Role::alias:
    case Role::pause:
    case Role::signal:
    case Role::cancel:
    case Role::detach: return;
    case Role::on_recv:
    case Role::on_send:
    case Role::otherwise: {
      const auto* user = dyn_cast_or_null<CallExpr>(body_.user_of(&call));
      const FunctionDecl* taker = user != nullptr ? user->getDirectCallee() : nullptr;
      if (taker == nullptr || unit_.model().role(*taker) != Role::select)
        for (const Expr* each : arguments) escape(each, d);
      return;
    }
    case Role::make: made_anew(Object{Object::Origin::made, &call, {}}, d); return;
    case Role::send:
    case Role::try_send:
      // Who receives it may use it.
      for (const Expr* each : arguments) escape(each, d);
      send(own(), &call, role == Role::send ? How::plain : How::tried, d);
      return;
    case Role::recv: recv(own(), &call, How::plain, d); return;
    case Role::try_recv: recv(own(), &call, How::tried, d); return;
    case Role::close: close(own(), &call, d); return;
    case Role::range: {
      const Value channel = own();
      if (channel) {
        ObjectState& state = d.objects[*channel];
        Effect& effect = effect_on(*channel);
        const Stmt* loop = body_.user_of(&call);
        while (loop != nullptr && !isa<CXXForRangeStmt>(loop)) loop = body_.user_of(loop);
        effect.leaves_range = loop == nullptr || body_.leaves_early(loop) || (effect.may_range && effect.leaves_range);
        effect.may_range = true;
        state.ranged = state.received = true;
      }
      recv(channel, &call, How::plain, d);
      return;
    }
    case Role::select: select(call, d, forks); return;
    case Role::lock:
    case Role::lock_shared: lock(own(), &call, role == Role::lock_shared, d); return;
    case Role::unlock:
    case Role::unlock_shared: unlock(own(), &call, d); return;
    case Role::sleep:
      see_sleep(&call, d);
      see_wait(&call, std::nullopt, nullptr, d);
      return;
    case Role::wait:
      if (waits_for_task(*callee)) see_wait(&call, std::nullopt, nullptr, d);
      sync(d);
      return;
    case Role::wg_add:
      if (const Value group = own()) {
        ObjectState& state = d.objects[*group];
        Effect& effect = effect_on(*group);
        if (!state.counted && !state.settled) {
          effect.adds_first = true;
          effect.add_at = &call;
        }
        state.counted = true;
      }
      return;
    case Role::wg_done:
      if (const Value group = own()) {
        d.objects[*group].settled = true;
        Effect& effect = effect_on(*group);
        effect.may_done = true;
        effect.early_done |= !d.synced;
        effect.done_at = &call;
      }
      return;
    case Role::wg_wait:
      if (const Value group = own())
        for (const SpawnId task : d.spawned)
          for (const auto& [used, effect] : spawns_[task].effects)
            if (used == *group && effect.adds_first)
              meet(Check::add_in_task, effect.add_at, *group, !d.objects[*group].counted, &call);
      see_wait(&call, own(), nullptr, d);
      sync(d);
      return;
    case Role::wg_go:
      if (const Value group = own()) d.objects[*group].counted = true;
      [[fallthrough]];
    case Role::go: {
      const bool later = !arguments.empty() && runs_when_asked_for(arguments.front());
      while (!arguments.empty() && is_options(arguments.front())) arguments = arguments.drop_front();
      if (arguments.empty()) return;
      if (later) {
        // It runs where the result is taken, which nobody can tell here.
        for (const Expr* each : arguments) escape(each, d);
        return;
      }
      spawn(arguments.front(), arguments.drop_front(), &call, d, role == Role::wg_go ? own() : std::nullopt);
      // A future of std::async that nobody keeps waits for its task at once.
      if (is_standard(*callee) && is_dropped(call, body_)) sync(d);
      return;
    }
    case Role::run:
    case Role::call:
    case Role::once:
      if (const auto what = functor()) {
        if (role == Role::run) unit_.mark_main_task(*what->function);
        apply(*what, &call, d, role == Role::once);
        if (role == Role::once) sync(d);
      } else {
        unknown_call(nullptr, &call, nullptr, arguments, d);
      }
      return;
    case Role::none: break;
  }
  if (callee == nullptr) {
    unknown_call(nullptr, &call, nullptr, arguments, d);
    return;
  }
  const auto* method = dyn_cast<CXXMethodDecl>(callee);
  if (method != nullptr && method->getParent()->isLambda()) {
    auto what = callable(object, arguments);
    if (what) {
      what->function = callee->getDefinition();
      if (what->function != nullptr) return apply(*what, &call, d);
    }
    escape(object, d);
    unknown_call(callee, &call, nullptr, arguments, d);
    // Which lambda it is shows in its type, and so whether it may wait.
    if (const Summary* inside = unit_.summary_of(*callee); inside == nullptr || inside->syncs) sync(d);
    return;
  }
  see_dropped(call);
  if (const FunctionDecl* definition = body_of(*callee))
    apply(Callable{definition, nullptr, object, {arguments.begin(), arguments.end()}}, &call, d);
  else unknown_call(callee, &call, object, arguments, d);
}

void Simulation::unknown_call(const FunctionDecl* callee, const Stmt* at, const Expr* object,
                              llvm::ArrayRef<const Expr*> arguments, Disjunct& d) {
  if (callee != nullptr && unit_.may_be_far(*callee)) unseen_.insert(callee->getCanonicalDecl());
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const ParmVarDecl* parameter =
        callee != nullptr && i < callee->getNumParams() ? callee->getParamDecl(static_cast<unsigned>(i)) : nullptr;
    const Contract contract = parameter != nullptr ? unit_.model().contract(*parameter) : Contract{};
    if (contract.given()) {
      if (const Value channel = value(arguments[i], d)) apply_effect(*channel, promised(contract), at, false, d);
      continue;
    }
    escape(arguments[i], d);
    if (may_be_changed(parameter != nullptr ? parameter->getType() : QualType()))
      if (const auto place = unit_.places().of(arguments[i])) {
        const Place where = unit_.places().place(*place);
        if (where.root != nullptr) {
          forget_below(where, at, d);
          if (where.path.empty()) facts_.set(where.root, std::nullopt, d);
          if (unit_.model().kind(arguments[i]->getType()) == Kind::channel) put(*place, std::nullopt, at, d);
        }
      }
  }
  if (object != nullptr) {
    escape(object, d);
    const auto* method = dyn_cast_or_null<CXXMethodDecl>(callee);
    if (method == nullptr || !method->isConst())
      if (const auto place = unit_.places().of(object)) {
        const Place where = unit_.places().place(*place);
        if (where.root != nullptr) {
          forget_below(where, at, d);
          facts_.set(where.root, std::nullopt, d);
        }
      }
  }
  if (only_computes(callee, unit_.context().getSourceManager())) return;
  sync(d, false);
  forget_foreign(at, d);
}

std::optional<Simulation::Callable> Simulation::callable(const Expr* expression,
                                                         llvm::ArrayRef<const Expr*> arguments) {
  expression = plain(expression);
  if (expression == nullptr) return std::nullopt;
  Callable callee;
  callee.arguments.assign(arguments.begin(), arguments.end());
  if (const auto* lambda = dyn_cast<LambdaExpr>(expression)) {
    const CXXMethodDecl* body = lambda->getCallOperator();
    if (body == nullptr || body->isDependentContext()) return std::nullopt;
    callee.function = body;
    callee.lambda = lambda;
    return callee;
  }
  if (const auto* cast = dyn_cast<CastExpr>(expression)) return callable(cast->getSubExpr(), arguments);
  if (const auto* construction = dyn_cast<CXXConstructExpr>(expression)) {
    const CXXRecordDecl* record = construction->getConstructor()->getParent();
    if (record->isLambda() && construction->getNumArgs() == 1) return callable(construction->getArg(0), arguments);
    return std::nullopt;
  }
  if (const auto* unary = dyn_cast<UnaryOperator>(expression))
    return unary->getOpcode() == UO_AddrOf ? callable(unary->getSubExpr(), arguments) : std::nullopt;
  const auto* reference = dyn_cast<DeclRefExpr>(expression);
  if (reference == nullptr) return std::nullopt;
  if (const auto* variable = dyn_cast<VarDecl>(reference->getDecl())) {
    const CXXRecordDecl* record = variable->getType().getNonReferenceType()->getAsCXXRecordDecl();
    if (record == nullptr || !record->isLambda() || !variable->hasInit()) return std::nullopt;
    return callable(variable->getInit(), arguments);
  }
  const auto* function = dyn_cast<FunctionDecl>(reference->getDecl());
  if (function == nullptr) return std::nullopt;
  const FunctionDecl* definition = nullptr;
  if (!function->hasBody(definition)) {
    definition = unit_.far_function(*function);
    if (definition == nullptr) {
      if (unit_.may_be_far(*function)) unseen_.insert(function->getCanonicalDecl());
      return std::nullopt;
    }
  }
  callee.function = definition;
  if (const auto* method = dyn_cast<CXXMethodDecl>(definition); method != nullptr && method->isInstance()) {
    if (method->isVirtual() || arguments.empty()) return std::nullopt;
    callee.object = arguments.front();
    callee.arguments.erase(callee.arguments.begin());
  }
  return callee;
}

std::optional<PlaceId> Simulation::translate_place(PlaceId id, const Callable& callee, Disjunct& d) {
  Place place = unit_.places().place(id);
  const auto below = [&](const Expr* base) -> std::optional<PlaceId> {
    const auto start = base != nullptr ? unit_.places().of(base) : std::nullopt;
    if (!start) return std::nullopt;
    Place whole = unit_.places().place(*start);
    whole.path.insert(whole.path.end(), place.path.begin(), place.path.end());
    return unit_.places().id(whole);
  };
  static_cast<void>(d);
  if (place.root == nullptr) return callee.lambda != nullptr ? id : below(callee.object);
  if (const auto* parameter = dyn_cast<ParmVarDecl>(place.root);
      parameter != nullptr && parameter->getDeclContext() == callee.function) {
    const unsigned index = parameter->getFunctionScopeIndex();
    return index < callee.arguments.size() ? below(callee.arguments[index]) : std::nullopt;
  }
  const auto* variable = dyn_cast<VarDecl>(place.root);
  if (variable != nullptr && variable->isInitCapture()) return below(variable->getInit());
  if (variable != nullptr && variable->hasLocalStorage() && variable->getDeclContext() == callee.function)
    return std::nullopt;
  return id;
}

Simulation::Value Simulation::translate(PlaceId id, const Callable& callee, Disjunct& d) {
  const Place place = unit_.places().place(id);
  if (place.path.empty() && place.root != nullptr) {
    const auto* parameter = dyn_cast<ParmVarDecl>(place.root);
    if (parameter != nullptr && parameter->getDeclContext() == callee.function) {
      const unsigned index = parameter->getFunctionScopeIndex();
      return index < callee.arguments.size() ? value(callee.arguments[index], d) : std::nullopt;
    }
    if (const auto* variable = dyn_cast<VarDecl>(place.root); variable != nullptr && variable->isInitCapture())
      return value(variable->getInit(), d);
  }
  const auto translated = translate_place(id, callee, d);
  return translated ? object_at(*translated, d) : std::nullopt;
}

void Simulation::apply(const Callable& callee, const Stmt* at, Disjunct& d, bool at_most_once) {
  const Summary* summary = summary_for(*callee.function);
  if (summary == nullptr) {
    if (callee.lambda != nullptr) escape(callee.lambda, d);
    unknown_call(callee.function, at, callee.object, callee.arguments, d);
    return;
  }
  use_through(callee, *summary, at, at_most_once, d);
  if (!summary->acquired.empty()) {
    Disjunct inside = d;  // without what the callee lets go before it takes others
    for (const PlaceEffect& each : summary->effects)
      if (each.effect.lets_go)
        if (const Value object = translate(each.place, callee, d)) inside.objects.erase(*object);
    for (const Acquisition& each : summary->acquired) take(each.lock, each.shared, at, each.at, inside);
  }
  for (const PlaceEffect& each : summary->effects)
    if (const Value object = translate(each.place, callee, d)) {
      if (watching_ && each.effect.lets_go && callee.lambda != nullptr)
        unit_.see_lambda_unlock(*callee.function, holds_by_itself(*object, d));
      apply_effect(*object, seen_from(at, each.effect), at, at_most_once, d);
    }
  // The tasks that it starts go on beside this function, too.
  for (const TaskEffects& task : summary->tasks) {
    Spawn spawned;
    spawned.at = at;
    for (const PlaceEffect& each : task.effects)
      if (const Value object = translate(each.place, callee, d))
        spawned.effects.emplace_back(*object, seen_from(at, each.effect));
    if (task.refers_to_this) see_object(callee, spawned);
    if (spawned.effects.empty() && spawned.inside_of.empty() && !spawned.refers_to_this) continue;
    spawns_.push_back(std::move(spawned));
    SpawnId id = static_cast<SpawnId>(spawns_.size() - 1);
    for (SpawnId other = 0; other < id; ++other)
      if (spawns_[other].at == at && spawns_[other].effects.size() == spawns_[id].effects.size() &&
          std::equal(spawns_[other].effects.begin(), spawns_[other].effects.end(), spawns_[id].effects.begin(),
                     [](const auto& a, const auto& b) { return a.first == b.first; })) {
        spawns_.pop_back();
        id = other;
        break;
      }
    start(id, d);
  }
  for (const PlaceId place : summary->reassigned)
    if (const auto translated = translate_place(place, callee, d)) put(*translated, std::nullopt, at, d);
  if (summary->waits_at != nullptr) see_wait(at, std::nullopt, summary->waits_at, d);
  if (summary->syncs) sync(d);
  facts_.forget_foreign(d);
}

void Simulation::spawn(const Expr* function, llvm::ArrayRef<const Expr*> arguments, const Stmt* at, Disjunct& d,
                       Value group) {
  auto callee = callable(function, arguments);
  // A std::jthread gives its function a stop_token first, if that takes one.
  if (callee && isa<CXXConstructExpr>(at) && callee->function->getNumParams() == callee->arguments.size() + 1)
    callee->arguments.insert(callee->arguments.begin(), nullptr);
  if (callee) unit_.mark_task(*callee->function);
  const Summary* summary = callee ? summary_for(*callee->function) : nullptr;
  Spawn spawned;
  spawned.at = at;
  spawned.group = group;
  if (callee) spawned.refers_to_this = refers_to_this(*callee);
  if (callee) spawned.lambda = callee->lambda;
  const auto gets = [&](const VarDecl* variable) {
    if (variable != nullptr && variable->hasLocalStorage() && !variable->getType()->isReferenceType() &&
        variable->getDeclContext() == &function_)
      spawned.by_reference.push_back(variable->getCanonicalDecl());
  };
  if (callee && callee->lambda != nullptr)
    for (const LambdaCapture& capture : callee->lambda->captures())
      if (capture.capturesVariable() && capture.getCaptureKind() == LCK_ByRef)
        gets(dyn_cast<VarDecl>(capture.getCapturedVar()));
  for (const Expr* each : arguments) gets(given_by_reference(each));
  if (summary != nullptr) spawned.uses = uses_of(*callee, *summary, d);
  if (summary == nullptr) {
    escape(function, d);
    for (const Expr* each : arguments) escape(each, d);
  } else {
    const auto add = [&](ObjectId object, Effect effect) {
      for (auto& [known, already] : spawned.effects)
        if (known == object) return;
      spawned.effects.emplace_back(object, seen_from(at, effect));
    };
    for (const PlaceEffect& each : summary->effects)
      if (const Value object = translate(each.place, *callee, d)) add(*object, each.effect);
    for (const TaskEffects& task : summary->tasks)
      for (const PlaceEffect& each : task.effects)
        if (const Value object = translate(each.place, *callee, d)) {
          // What a task of the task does is not looked at closely: others may do anything with it.
          escape(*object, d);
          add(*object, each.effect);
        }
  }
  for (SpawnId other = 0; other < spawns_.size(); ++other)
    if (spawns_[other].at == at && spawns_[other].effects.size() == spawned.effects.size() &&
        std::equal(spawned.effects.begin(), spawned.effects.end(), spawns_[other].effects.begin(),
                   [](const auto& a, const auto& b) { return a.first == b.first; })) {
      start(other, d);
      return;
    }
  spawns_.push_back(std::move(spawned));
  start(static_cast<SpawnId>(spawns_.size() - 1), d);
}

void Simulation::escape(const Expr* expression, Disjunct& d) {
  if (expression == nullptr) return;
  if (unit_.model().kind(expression->getType()) == Kind::channel) {
    if (const Value object = value(expression, d)) escape(*object, d);
    return;
  }
  if (const auto callee = callable(expression, {}); callee && callee->lambda != nullptr) {
    for (const LambdaCapture& capture : callee->lambda->captures()) {
      if (!capture.capturesVariable()) continue;
      const auto* variable = dyn_cast<VarDecl>(capture.getCapturedVar());
      if (variable == nullptr) continue;
      if (variable->isInitCapture()) escape(variable->getInit(), d);
      else
        for (const PlaceId place :
             std::vector<PlaceId>(unit_.places().rooted_in(cast<ValueDecl>(variable->getCanonicalDecl()))))
          if (const Value object = object_at(place, d)) escape(*object, d);
    }
    if (const Summary* summary = summary_for(*callee->function))
      for (const PlaceEffect& each : summary->effects)
        if (const Value object = each.effect.lets_go ? translate(each.place, *callee, d) : std::nullopt)
          may_be_let_go(*object, d);
    return;
  }
  // Something that may hold handles: all of them.
  const auto place = unit_.places().of(expression);
  if (!place) return;
  const Place whole = unit_.places().place(*place);
  const std::vector<PlaceId> below = unit_.places().rooted_in(whole.root);
  for (const PlaceId id : below) {
    const Place& part = unit_.places().place(id);
    if (part.path.size() < whole.path.size() || !std::equal(whole.path.begin(), whole.path.end(), part.path.begin()))
      continue;
    if (const Value object = object_at(id, d)) escape(*object, d);
  }
}

// A lock that is held here and that somebody else lets go of, some time.
void Simulation::may_be_let_go(ObjectId lock, Disjunct& d) {
  ObjectState& state = d.objects[lock];
  state.status = Status::unknown;
  state.since = nullptr;
}

void Simulation::escape(ObjectId object, Disjunct& d) {
  ObjectState& state = d.objects[object];
  state.escaped = state.shared = true;
  state.queued = -1;
  effect_on(object).escapes = true;
}

}  // namespace tenter::lint
