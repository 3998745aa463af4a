#include "lint/guard_census.h"

#include <algorithm>

#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>

#include "lint/unit.h"

namespace tenter::lint {
namespace {

using namespace clang;

// Fewer say nothing about what is meant.
constexpr std::size_t fewest_guarded = 4;
constexpr std::size_t least_percent = 80;

bool has_lock(const CXXRecordDecl& record, const Model& model) {
  return llvm::any_of(record.fields(),
                      [&](const FieldDecl* field) { return model.kind(field->getType()) == Kind::mutex; });
}

}  // namespace

bool GuardCensus::counts(const FunctionDecl& function, const Unit& unit) {
  const auto* method = dyn_cast<CXXMethodDecl>(&function);
  if (method == nullptr || method->isStatic() || isa<CXXConstructorDecl, CXXDestructorDecl>(method)) return false;
  return !method->getParent()->isLambda() && has_lock(*method->getParent(), unit.model());
}

void GuardCensus::add(Use use) {
  std::vector<Use>& uses = uses_[use.member];
  const auto same = std::find_if(uses.begin(), uses.end(), [&](const Use& each) { return each.at == use.at; });
  if (same == uses.end()) uses.push_back(std::move(use));
  else std::erase_if(same->locks, [&](const FieldDecl* lock) { return !llvm::is_contained(use.locks, lock); });
}

void GuardCensus::report(Unit& unit) const {
  for (const auto& [member, uses] : uses_) {
    llvm::MapVector<const FieldDecl*, std::size_t> guards;
    bool changes = false;
    std::vector<const Use*> counted;
    for (const Use& use : uses) {
      const auto* method = cast<CXXMethodDecl>(use.function);
      // A private method without a lock may be called with it, and one that says that it must be held is.
      if (use.locks.empty() && (method->getAccess() != AS_public || method->hasAttr<RequiresCapabilityAttr>()))
        continue;
      changes |= use.writes;
      counted.push_back(&use);
      for (const FieldDecl* lock : use.locks) ++guards[lock];
    }
    const auto* guard = std::max_element(guards.begin(), guards.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (!changes || guards.empty() || guard->second < fewest_guarded || guard->second == counted.size() ||
        100 * guard->second < least_percent * counted.size())
      continue;
    const std::string name = member->getNameAsString(), lock = guard->first->getNameAsString();
    for (const Use* use : counted) {
      if (llvm::is_contained(use->locks, guard->first)) continue;
      LintFinding finding;
      finding.check = Check::guard_inconsistent;
      finding.where = use->at->getBeginLoc();
      finding.object = name;
      finding.text = "'" + name + "' is used without '" + lock + "', which is held at " +
                     std::to_string(guard->second) + " of its " + std::to_string(counted.size()) + " uses";
      finding.function = use->function->getQualifiedNameAsString();
      const auto with = std::find_if(counted.begin(), counted.end(),
                                     [&](const Use* each) { return llvm::is_contained(each->locks, guard->first); });
      finding.notes.push_back({(*with)->at->getBeginLoc(), "used with it here"});
      unit.report(std::move(finding), *use->function);
    }
  }
}

}  // namespace tenter::lint
