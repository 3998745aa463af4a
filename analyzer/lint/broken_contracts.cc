// Declarations that promise something of a channel (<tenter/lint.h>), and bodies that do something else. The checks of other
// files rely on the declaration, so neither they nor a reader can know.
#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>

#include "lint/patterns.h"
#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;

struct Done {
  Effect here, by_tasks;
  bool tasks_use_it = false;
};

Done what_is_done(const Summary& summary, PlaceId place) {
  Done done;
  for (const PlaceEffect& each : summary.effects)
    if (each.place == place) done.here = each.effect;
  for (const TaskEffects& task : summary.tasks)
    for (const PlaceEffect& each : task.effects) {
      if (each.place != place) continue;
      done.tasks_use_it = true;
      done.by_tasks.may_close |= each.effect.may_close || each.effect.owns_close;
      done.by_tasks.escapes |= each.effect.escapes;
      if (done.by_tasks.close_at == nullptr) done.by_tasks.close_at = each.effect.close_at;
    }
  return done;
}

// A function that asks whether the handle is nil need not close what is none.
bool asks_for_nil(const FunctionDecl& function, const ParmVarDecl& parameter, const Model& model) {
  bool asks = false;
  walk(function.getBody(), [&](const Stmt& each, Around) {
    const auto* call = dyn_cast<CXXMemberCallExpr>(&each);
    const CXXMethodDecl* method = call != nullptr ? call->getMethodDecl() : nullptr;
    if (method == nullptr || model.role(*method) != Role::query) return;
    const auto* reference = dyn_cast_or_null<DeclRefExpr>(plain(call->getImplicitObjectArgument()));
    asks |= reference != nullptr && reference->getDecl() == &parameter;
  });
  return asks;
}

}  // namespace

void report_broken_contracts(Unit& unit, const FunctionDecl& function, const Summary& summary) {
  if (!summary.returns) return;
  for (const ParmVarDecl* parameter : function.parameters()) {
    const Contract contract = unit.model().contract(*parameter);
    if (!contract.given() || unit.model().kind(parameter->getType()) != Kind::channel) continue;
    const PlaceId place = unit.places().id(Place{cast<ValueDecl>(parameter->getCanonicalDecl()), {}});
    const auto [here, by_tasks, tasks_use_it] = what_is_done(summary, place);
    const std::string name = "'" + parameter->getNameAsString() + "'";
    const auto report = [&](const std::string& text, const Stmt* at, const std::string& note) {
      LintFinding finding;
      finding.check = Check::contract_mismatch;
      finding.where = parameter->getLocation();
      finding.object = parameter->getNameAsString();
      finding.text = text;
      finding.function = function.getQualifiedNameAsString();
      if (at != nullptr) finding.notes.push_back({at->getBeginLoc(), note});
      unit.report(std::move(finding), function);
    };
    const bool known = !here.escapes && !here.use_is_caught && !by_tasks.escapes;
    const bool closes = here.may_close || here.owns_close || by_tasks.may_close;
    if (contract.closes && known && !here.must_close && !asks_for_nil(function, *parameter, unit.model())) {
      if (here.may_close)
        report(name + " is promised to be closed, and on some path is not", here.close_at, "closed here");
      else if (by_tasks.may_close)
        report(name + " is promised to be closed before this returns, and is closed by a task", by_tasks.close_at,
               "closed here; TENTER_OWNS_CLOSE promises that");
      else report(name + " is promised to be closed, and never is", nullptr, "");
    } else if (contract.owns_close && known && !closes) {
      report(name + " is promised to be closed some time, and never is", nullptr, "");
    } else if (!contract.closes && !contract.owns_close && closes) {
      report(name + " is closed, which its declaration does not tell",
             here.close_at != nullptr ? here.close_at : by_tasks.close_at, "closed here");
    }
    const bool untold = known && !tasks_use_it;
    if (contract.sends && untold && !here.may_send)
      report(name + " is promised to be sent on, and never is", nullptr, "");
    if (contract.receives && untold && !here.may_recv && !here.may_range)
      report(name + " is promised to be received from, and never is", nullptr, "");
    if (contract.closes || contract.owns_close) continue;
    if (!contract.sends && here.may_send)
      report(name + " is sent on, which its declaration does not tell", here.send_at, "sent here");
    if (!contract.receives && (here.may_recv || here.may_range))
      report(name + " is received from, which its declaration does not tell", here.recv_at, "received here");
  }
}

}  // namespace tenter::lint
