// Facts about branches: what `if (done)` said once holds until `done` may have changed. Conditions that are other words for
// the same thing (`n == 0` and `!(n != 0)`, `a < b` and `!(a >= b)`) are one fact.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include <clang/AST/ASTContext.h>
#include <clang/AST/Expr.h>
#include <llvm/ADT/FoldingSet.h>

#include "lint/body.h"
#include "lint/place.h"
#include "lint/state.h"

namespace tenter::lint {

class Facts {
 public:
  Facts(clang::ASTContext& context, const Body& body, const clang::FunctionDecl& function)
      : context_(context), body_(body), function_(function) {}

  // Goes on where the condition is `outcome`. False: it cannot be.
  bool assume(const clang::Expr* condition, bool outcome, Disjunct& d);
  // Goes on in a case of a switch; `label` null: none of those in `others`.
  bool assume_case(const clang::Expr* value, std::optional<std::int64_t> label, const std::vector<std::int64_t>& others,
                   Disjunct& d);
  // The variable, or the value of an expression, is this from now on; nullopt: not known.
  void set(const clang::ValueDecl* variable, std::optional<std::int64_t> value, Disjunct& d);
  void set_value(const clang::Expr* expression, std::int64_t value, Disjunct& d);
  // What an expression is known to be.
  std::optional<std::int64_t> known(const clang::Expr* expression, const Disjunct& d);
  // After a call: what others can change may have changed.
  void forget_foreign(Disjunct& d);

 private:
  struct Meaning {
    std::vector<const clang::ValueDecl*> mentions;
    bool foreign = false;  // others may change what it says
  };
  // The number of what the expression says; nullopt: it is too much for us, or not always the same.
  std::optional<FactKey> key(const clang::Expr* expression, unsigned salt);
  bool is_own(const clang::ValueDecl* variable) const;
  bool hold(FactKey key, std::int64_t value, Disjunct& d);

  clang::ASTContext& context_;
  const Body& body_;
  const clang::FunctionDecl& function_;
  std::map<std::vector<unsigned>, FactKey> keys_;
  std::vector<Meaning> meanings_;
};

}  // namespace tenter::lint
