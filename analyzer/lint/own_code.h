// Walks over the declarations of a unit, without the system's headers: nothing there is ours to judge, and they are most of a unit.
#pragma once
#include <cstddef>
#include <vector>

#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>

namespace tenter::lint {

template <class Derived>
class OwnCode : public clang::RecursiveASTVisitor<Derived> {
 public:
  explicit OwnCode(const clang::SourceManager& sources) : sources_(sources) {}

  bool shouldVisitTemplateInstantiations() const { return true; }
  bool TraverseDecl(clang::Decl* declaration) {
    if (declaration != nullptr && !clang::isa<clang::TranslationUnitDecl>(declaration) &&
        declaration->getLocation().isValid() && sources_.isInSystemHeader(declaration->getLocation()))
      return true;
    return clang::RecursiveASTVisitor<Derived>::TraverseDecl(declaration);
  }

 protected:
  const clang::SourceManager& sources() const { return sources_; }

 private:
  const clang::SourceManager& sources_;
};

// The same, which knows what a statement stands in.
template <class Derived>
class OwnCodeAround : public OwnCode<Derived> {
 public:
  using OwnCode<Derived>::OwnCode;

  bool dataTraverseStmtPre(clang::Stmt* statement) {
    around_.push_back(statement);
    return true;
  }
  bool dataTraverseStmtPost(clang::Stmt*) {
    around_.pop_back();
    return true;
  }

 protected:
  // 0: the statement itself; null: no more.
  const clang::Stmt* around(std::size_t up) const {
    return up < around_.size() ? around_[around_.size() - 1 - up] : nullptr;
  }
  // The outermost first.
  const std::vector<const clang::Stmt*>& all_around() const { return around_; }

 private:
  std::vector<const clang::Stmt*> around_;
};

}  // namespace tenter::lint
