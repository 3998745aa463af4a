// By the places at which a field is named, without simulating anything: each is one of the operations, or the handle gets to
// somewhere else, after which nobody knows who has it.
#include "lint/census.h"

#include <map>
#include <set>

#include <clang/AST/DeclCXX.h>
#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>

#include "lint/lasting_name.h"
#include "lint/own_code.h"
#include "lint/simulation.h"

namespace tenter::lint {
namespace {

using namespace clang;
namespace json = llvm::json;

struct Use {
  const Expr* at = nullptr;
  const FunctionDecl* function = nullptr;
};

struct FieldUses {
  bool sent = false, closed = false, escapes = false;
  Use received, in_task, replaced;
  // Of a cancel function.
  Use kept;
  bool used = false;
};

class Census : public OwnCodeAround<Census> {
 public:
  explicit Census(Unit& unit) : OwnCodeAround(unit.context().getSourceManager()), unit_(unit) {}

  bool TraverseDecl(Decl* declaration) {
    auto* function = dyn_cast_or_null<FunctionDecl>(declaration);
    if (function == nullptr) return OwnCodeAround::TraverseDecl(declaration);
    // What nobody has made a function of is not in the program; instances are visited beside the template.
    if (function->isDependentContext()) return true;
    functions_.push_back(function);
    const bool goes_on = OwnCodeAround::TraverseDecl(declaration);
    functions_.pop_back();
    return goes_on;
  }
  bool VisitFieldDecl(FieldDecl* field) {
    if (is_channel(*field) && field->hasInClassInitializer()) see_init(*field, field->getInClassInitializer());
    return true;
  }
  bool VisitCXXConstructorDecl(CXXConstructorDecl* constructor) {
    for (const CXXCtorInitializer* each : constructor->inits()) {
      const FieldDecl* field = each->getAnyMember();
      if (field == nullptr || !each->isWritten()) continue;
      if (is_channel(*field)) see_init(*field, each->getInit());
      else if (is_cancel(each->getInit())) fields_[field].kept = {each->getInit(), constructor};
    }
    return true;
  }
  bool VisitInitListExpr(InitListExpr* list) {
    const CXXRecordDecl* record = list->isSemanticForm() ? list->getType()->getAsCXXRecordDecl() : nullptr;
    if (record == nullptr || !record->isAggregate()) return true;
    unsigned index = record->getNumBases();
    for (const FieldDecl* field : record->fields()) {
      if (field->isUnnamedBitField()) continue;
      if (is_channel(*field) && index < list->getNumInits()) see_init(*field, list->getInit(index));
      ++index;
    }
    return true;
  }
  bool VisitCXXParenListInitExpr(CXXParenListInitExpr* list) {
    if (const CXXRecordDecl* record = list->getType()->getAsCXXRecordDecl())
      for (const FieldDecl* field : record->fields()) fields_[field].escapes = true;
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* reference) {  // &Server::quit_
    if (const auto* field = dyn_cast<FieldDecl>(reference->getDecl())) fields_[field].escapes = true;
    return true;
  }
  bool VisitBindingDecl(BindingDecl* binding) {
    const auto* member = dyn_cast_or_null<MemberExpr>(binding->getBinding());
    if (const auto* field = member != nullptr ? dyn_cast<FieldDecl>(member->getMemberDecl()) : nullptr)
      fields_[field].escapes = fields_[field].used = true;
    return true;
  }
  bool VisitMemberExpr(MemberExpr* member) {
    const auto* field = dyn_cast<FieldDecl>(member->getMemberDecl());
    if (field == nullptr || functions_.empty()) return true;
    if (is_channel(*field)) see_channel(*field, *member);
    else see_other(*field, *member);
    return true;
  }

  // A function that closes a field, and waits for nothing before it puts another channel there.
  void see_replacements() {
    for (const auto& [where, use] : assigned_) {
      const auto& [function, field] = where;
      if (!closed_.contains(where)) continue;
      const Summary* summary = unit_.summary_of(*function);
      if (summary != nullptr && !summary->syncs && fields_[field].replaced.at == nullptr) fields_[field].replaced = use;
    }
  }

  json::Array told() {
    std::map<std::string, json::Object> sorted;
    for (const auto& [field, uses] : fields_) {
      if (field->getParent()->isDependentContext()) continue;
      const bool channel = is_channel(*field);
      if (!channel && uses.kept.at == nullptr && !(uses.used && is_function(*field))) continue;
      const std::string id = lasting_name(*field);
      if (id.empty()) continue;
      // A class that stands in the unit's own file is used by nobody else.
      json::Object one{{"field", id},
                       {"name", field->getQualifiedNameAsString()},
                       {"whole", sources().isInMainFile(sources().getFileLoc(field->getLocation()))}};
      if (channel) {
        if (uses.sent) one["sent"] = true;
        if (uses.closed) one["closed"] = true;
        if (uses.escapes) one["escapes"] = true;
        add(one, "received", uses.received);
        add(one, "in_task", uses.in_task);
        add(one, "replaced", uses.replaced);
      } else {
        if (uses.used) one["used"] = true;
        add(one, "kept", uses.kept);
      }
      sorted.emplace(id, std::move(one));
    }
    json::Array all;
    for (auto& [id, one] : sorted) all.push_back(std::move(one));
    return all;
  }

 private:
  bool is_channel(const FieldDecl& field) const { return unit_.model().kind(field.getType()) == Kind::channel; }

  static bool is_function(const FieldDecl& field) {
    const CXXRecordDecl* record = field.getType()->getAsCXXRecordDecl();
    return record != nullptr && record->getIdentifier() != nullptr && is_standard(*record) &&
           record->getName() == "function";
  }

  Role role_of(const Expr* call) const {
    const auto* known = dyn_cast_or_null<CallExpr>(call);
    const FunctionDecl* callee = known != nullptr ? known->getDirectCallee() : nullptr;
    return callee != nullptr ? unit_.model().role(*callee) : Role::none;
  }

  // Is this one of the two that with_cancel() gives?
  bool is_cancel(const Expr* expression) const {
    expression = plain(expression);
    while (const auto* copy = dyn_cast_or_null<CXXConstructExpr>(expression)) {
      if (copy->getNumArgs() != 1) return false;
      expression = plain(copy->getArg(0));
    }
    const auto* reference = dyn_cast_or_null<DeclRefExpr>(expression);
    const auto* binding = reference != nullptr ? dyn_cast<BindingDecl>(reference->getDecl()) : nullptr;
    const auto* pair = binding != nullptr ? dyn_cast<DecompositionDecl>(binding->getDecomposedDecl()) : nullptr;
    return pair != nullptr && pair->bindings().size() == 2 && pair->bindings()[1] == binding && pair->hasInit() &&
           role_of(dyn_cast_or_null<CallExpr>(plain(pair->getInit()))) == Role::cancel;
  }

  // A channel that a field begins with: one that nobody else has, none at all, or one that others have, too.
  void see_init(const FieldDecl& field, const Expr* init) {
    if (!is_own(init)) fields_[&field].escapes = true;
  }
  bool is_own(const Expr* init) const {
    init = plain(init);
    if (init == nullptr) return true;
    if (const auto* standard = dyn_cast<CXXDefaultInitExpr>(init)) return is_own(standard->getExpr());
    if (isa<ImplicitValueInitExpr>(init)) return true;
    if (const auto* list = dyn_cast<InitListExpr>(init))
      return list->getNumInits() == 0 || (list->getNumInits() == 1 && is_own(list->getInit(0)));
    if (const auto* construction = dyn_cast<CXXConstructExpr>(init))
      return construction->getNumArgs() == 0 || (construction->getNumArgs() == 1 && is_own(construction->getArg(0)));
    if (role_of(init) == Role::alias)
      if (const auto* member = dyn_cast<CXXMemberCallExpr>(init)) return is_own(member->getImplicitObjectArgument());
    return role_of(init) == Role::make;
  }

  // Is this in a lambda that a task or thread is started with?
  bool in_task() const {
    for (std::size_t i = all_around().size(); i-- > 0;) {
      if (!isa<LambdaExpr>(all_around()[i])) continue;
      for (std::size_t j = i; j-- > 0 && j + 6 > i;) {
        if (const auto* construction = dyn_cast<CXXConstructExpr>(all_around()[j]);
            construction != nullptr && unit_.model().kind(construction->getType()) == Kind::thread)
          return true;
        if (const auto* call = dyn_cast<CallExpr>(all_around()[j]))
          if (const Role role = role_of(call); role != Role::none) return role == Role::go || role == Role::wg_go;
      }
    }
    return false;
  }

  void see_channel(const FieldDecl& field, const MemberExpr& member) {
    FieldUses& uses = fields_[&field];
    const Use here{&member, functions_.back()};
    const bool task = in_task();
    const Stmt* inner = &member;
    for (std::size_t up = 1;; ++up) {
      const Stmt* outer = around(up);
      if (isa_and_nonnull<CastExpr, ParenExpr, ExprWithCleanups, MaterializeTemporaryExpr, CXXBindTemporaryExpr>(
              outer)) {
        inner = outer;
        continue;
      }
      if (const auto* copy = dyn_cast_or_null<CXXConstructExpr>(outer);
          copy != nullptr && copy->getNumArgs() == 1 && unit_.model().kind(copy->getType()) == Kind::channel) {
        inner = outer;
        continue;
      }
      if (const auto* of = dyn_cast_or_null<MemberExpr>(outer);
          of != nullptr && isa<CXXMethodDecl>(of->getMemberDecl())) {
        inner = outer;
        continue;
      }
      if (isa_and_nonnull<CXXForRangeStmt>(outer)) {
        see_received(uses, here, task);
        return;
      }
      const auto* call = dyn_cast_or_null<CallExpr>(outer);
      if (call == nullptr) break;
      const auto* operation = dyn_cast<CXXOperatorCallExpr>(call);
      if (operation != nullptr && operation->getOperator() == OO_Equal && operation->getNumArgs() == 2 &&
          operation->getArg(0) == inner) {
        if (!is_own(operation->getArg(1))) uses.escapes = true;
        assigned_[{functions_.back(), &field}] = here;
        return;
      }
      switch (role_of(call)) {
        case Role::alias: inner = outer; continue;
        case Role::query:
          uses.escapes = true;  // who asks first may never come to wait
          return;
        case Role::send:
        case Role::on_send:
        case Role::try_send:
          uses.sent = true;
          if (task && uses.in_task.at == nullptr) uses.in_task = here;
          return;
        case Role::on_recv:  // one of several that the wait may end by
          if (task && uses.in_task.at == nullptr) uses.in_task = here;
          return;
        case Role::recv:
        case Role::range: see_received(uses, here, task); return;
        case Role::try_recv: return;
        case Role::close:
          uses.closed = true;
          closed_.insert({functions_.back(), &field});
          return;
        default: break;
      }
      break;
    }
    uses.escapes = true;
  }

  static void see_received(FieldUses& uses, Use here, bool task) {
    if (uses.received.at == nullptr) uses.received = here;
    if (task && uses.in_task.at == nullptr) uses.in_task = here;
  }

  void see_other(const FieldDecl& field, const MemberExpr& member) {
    for (std::size_t up = 1; up < 4; ++up)
      if (const auto* operation = dyn_cast_or_null<CXXOperatorCallExpr>(around(up)))
        if (operation->getOperator() == OO_Equal && operation->getNumArgs() == 2 &&
            operation->getArg(0)->IgnoreParenImpCasts() == &member && is_cancel(operation->getArg(1))) {
          fields_[&field].kept = {&member, functions_.back()};
          return;
        }
    if (is_function(field)) fields_[&field].used = true;
  }

  void add(json::Object& one, const std::string& name, const Use& use) const {
    if (use.at == nullptr) return;
    one[name + "_at"] = lasting_place(sources(), use.at->getExprLoc());
    one[name + "_in"] = use.function->getQualifiedNameAsString();
  }

  Unit& unit_;
  std::vector<const FunctionDecl*> functions_;
  std::map<const FieldDecl*, FieldUses> fields_;
  std::map<std::pair<const FunctionDecl*, const FieldDecl*>, Use> assigned_;
  std::set<std::pair<const FunctionDecl*, const FieldDecl*>> closed_;
};

}  // namespace

json::Array census(Unit& unit) {
  Census census(unit);
  for (Decl* declaration : unit.context().getTraversalScope()) census.TraverseDecl(declaration);
  census.see_replacements();
  return census.told();
}

}  // namespace tenter::lint
