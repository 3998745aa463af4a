#include "lint/facts.h"

#include <algorithm>

#include <clang/AST/ExprCXX.h>

namespace tenter::lint {
namespace {

using namespace clang;

// What a fact is about beside its expression.
enum Salt : unsigned { its_value, less_than, equals, of_call };

// Everything that the expression reads, if it only reads.
bool only_reads(const Expr* expression, std::vector<const ValueDecl*>& mentions, bool& foreign) {
  expression = expression->IgnoreParenImpCasts();
  if (const auto* reference = dyn_cast<DeclRefExpr>(expression)) {
    if (isa<EnumConstantDecl>(reference->getDecl())) return true;
    if (!isa<VarDecl, BindingDecl>(reference->getDecl())) return false;
    mentions.push_back(cast<ValueDecl>(reference->getDecl()->getCanonicalDecl()));
    return true;
  }
  if (isa<IntegerLiteral, CXXBoolLiteralExpr, CharacterLiteral, CXXNullPtrLiteralExpr>(expression)) return true;
  if (isa<CXXThisExpr>(expression)) {
    foreign = true;
    return true;
  }
  if (const auto* member = dyn_cast<MemberExpr>(expression)) {
    if (!isa<FieldDecl>(member->getMemberDecl())) return false;
    if (member->isArrow()) foreign = true;
    return only_reads(member->getBase(), mentions, foreign);
  }
  if (const auto* unary = dyn_cast<UnaryOperator>(expression)) {
    if (unary->isIncrementDecrementOp() || unary->getOpcode() == UO_AddrOf) return false;
    if (unary->getOpcode() == UO_Deref) foreign = true;
    return only_reads(unary->getSubExpr(), mentions, foreign);
  }
  if (const auto* binary = dyn_cast<BinaryOperator>(expression))
    return !binary->isAssignmentOp() && binary->getOpcode() != BO_Comma &&
           only_reads(binary->getLHS(), mentions, foreign) && only_reads(binary->getRHS(), mentions, foreign);
  return false;
}

std::optional<std::int64_t> constant(const Expr* expression, const ASTContext& context) {
  if (expression->isValueDependent() || !expression->getType()->isIntegralOrEnumerationType()) return std::nullopt;
  Expr::EvalResult result;
  if (!expression->EvaluateAsInt(result, context, Expr::SE_NoSideEffects)) return std::nullopt;
  return result.Val.getInt().getExtValue();
}

}  // namespace

bool Facts::is_own(const ValueDecl* variable) const {
  const auto* local = dyn_cast<VarDecl>(variable);
  return local != nullptr && local->hasLocalStorage() && !local->getType()->isReferenceType() &&
         local->getDeclContext() == &function_ && !body_.exposed(variable);
}

std::optional<FactKey> Facts::key(const Expr* expression, unsigned salt) {
  Meaning meaning;
  llvm::FoldingSetNodeID id;
  id.AddInteger(salt);
  if (salt == of_call) {
    id.AddPointer(expression);
  } else {
    if (!only_reads(expression, meaning.mentions, meaning.foreign)) return std::nullopt;
    expression->IgnoreParenImpCasts()->Profile(id, context_, /*Canonical=*/true);
  }
  for (const ValueDecl* variable : meaning.mentions)
    if (!is_own(variable)) meaning.foreign = true;
  std::vector<unsigned> words;
  const llvm::FoldingSetNodeIDRef reference(id.Intern(context_.getAllocator()));
  words.assign(reference.getData(), reference.getData() + reference.getSize());
  const auto [found, fresh] = keys_.try_emplace(std::move(words), static_cast<FactKey>(keys_.size()));
  if (fresh) meanings_.push_back(std::move(meaning));
  return found->second;
}

bool Facts::hold(FactKey key, std::int64_t value, Disjunct& d) {
  const auto [fact, fresh] = d.facts.try_emplace(key, value);
  return fresh || fact->second == value;
}

std::optional<std::int64_t> Facts::known(const Expr* expression, const Disjunct& d) {
  expression = expression->IgnoreParenImpCasts();
  if (const auto value = constant(expression, context_)) return value;
  for (const unsigned salt : {unsigned{its_value}, unsigned{of_call}}) {
    if (salt == of_call && !isa<CallExpr>(expression)) continue;
    if (const auto its_key = key(expression, salt))
      if (const auto fact = d.facts.find(*its_key); fact != d.facts.end()) return fact->second;
  }
  return std::nullopt;
}

bool Facts::assume(const Expr* condition, bool outcome, Disjunct& d) {
  condition = condition->IgnoreParenImpCasts();
  while (const auto* unary = dyn_cast<UnaryOperator>(condition)) {
    if (unary->getOpcode() != UO_LNot) break;
    condition = unary->getSubExpr()->IgnoreParenImpCasts();
    outcome = !outcome;
  }
  if (const auto* binary = dyn_cast<BinaryOperator>(condition)) {
    // The parts of && and || were decided in blocks of their own; the last of them decides here.
    if (binary->isLogicalOp()) return assume(binary->getRHS(), outcome, d);
    const Expr* left = binary->getLHS();
    const Expr* right = binary->getRHS();
    BinaryOperatorKind opcode = binary->getOpcode();
    if (opcode == BO_NE || opcode == BO_GE || opcode == BO_LE) {
      opcode = BinaryOperator::negateComparisonOp(opcode);
      outcome = !outcome;
    }
    if (opcode == BO_GT) {
      std::swap(left, right);
      opcode = BO_LT;
    }
    if (opcode != BO_EQ && opcode != BO_LT) {
      const auto its_key = key(condition, its_value);
      return !its_key || hold(*its_key, outcome ? 1 : 0, d);
    }
    const auto left_value = known(left, d), right_value = known(right, d);
    if (left_value && right_value)
      return (opcode == BO_EQ ? *left_value == *right_value : *left_value < *right_value) == outcome;
    if (opcode == BO_EQ && outcome && (left_value || right_value)) {
      const auto its_key = key(left_value ? right : left, its_value);
      if (its_key && !hold(*its_key, left_value ? *left_value : *right_value, d)) return false;
    }
    // Which comparison of which two: one expression stands for both, as a pair.
    const auto left_key = key(left, its_value), right_key = key(right, its_value);
    if (!left_key || !right_key) return true;
    std::vector<unsigned> pair = {~0U, unsigned{opcode == BO_LT ? less_than : equals}, *left_key, *right_key};
    const auto [found, fresh] = keys_.try_emplace(pair, static_cast<FactKey>(keys_.size()));
    if (fresh) {
      Meaning both = meanings_[*left_key];
      const Meaning& other = meanings_[*right_key];
      both.mentions.insert(both.mentions.end(), other.mentions.begin(), other.mentions.end());
      both.foreign |= other.foreign;
      meanings_.push_back(std::move(both));
    }
    return hold(found->second, outcome ? 1 : 0, d);
  }
  if (const auto value = known(condition, d)) return (*value != 0) == outcome;
  const auto its_key = key(condition, its_value);
  if (!its_key) return true;
  // True is one value of a bool and many of anything else.
  if (!outcome || condition->getType()->isBooleanType()) return hold(*its_key, outcome ? 1 : 0, d);
  return true;
}

bool Facts::assume_case(const Expr* value, std::optional<std::int64_t> label, const std::vector<std::int64_t>& others,
                        Disjunct& d) {
  value = value->IgnoreParenImpCasts();
  const auto now = known(value, d);
  if (!label) return !now || std::find(others.begin(), others.end(), *now) == others.end();
  if (now) return *now == *label;
  if (const auto its_key = key(value, its_value)) return hold(*its_key, *label, d);
  return true;
}

void Facts::set(const ValueDecl* variable, std::optional<std::int64_t> value, Disjunct& d) {
  variable = cast<ValueDecl>(variable->getCanonicalDecl());
  std::erase_if(d.facts, [&](const auto& fact) {
    const auto& mentions = meanings_[fact.first].mentions;
    return std::find(mentions.begin(), mentions.end(), variable) != mentions.end();
  });
  if (!value || !is_own(variable)) return;
  auto* reference =
      DeclRefExpr::Create(context_, NestedNameSpecifierLoc(), SourceLocation(), const_cast<ValueDecl*>(variable), false,
                          SourceLocation(), variable->getType().getNonReferenceType(), VK_LValue);
  if (const auto its_key = key(reference, its_value)) d.facts[*its_key] = *value;
}

void Facts::set_value(const Expr* expression, std::int64_t value, Disjunct& d) {
  if (const auto its_key = key(expression->IgnoreParenImpCasts(), of_call)) d.facts[*its_key] = value;
}

void Facts::forget_foreign(Disjunct& d) {
  std::erase_if(d.facts, [&](const auto& fact) { return meanings_[fact.first].foreign; });
}

}  // namespace tenter::lint
