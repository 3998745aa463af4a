#include "pass/lost_masks.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/Loads.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

namespace tenter::pass {
namespace {

constexpr unsigned most_values = 32;  // that are computed from a load

unsigned lanes_of(const llvm::Value& value) {
  const auto* type = llvm::dyn_cast<llvm::FixedVectorType>(value.getType());
  return type == nullptr ? 0 : type->getNumElements();
}

// The mask without which this use of a lane would be none. Null: there is no such mask.
llvm::Value* mask_of(const llvm::Use& use) {
  llvm::User* user = use.getUser();
  if (auto* select = llvm::dyn_cast<llvm::SelectInst>(user)) {
    const bool is_chosen = use.getOperandNo() == 1 && select->getFalseValue() != use.get();
    return is_chosen && lanes_of(*select->getCondition()) != 0 ? select->getCondition() : nullptr;
  }
  auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(user);
  if (call == nullptr || use.getOperandNo() != 0) { return nullptr; }
  switch (call->getIntrinsicID()) {
    case llvm::Intrinsic::masked_store:
    case llvm::Intrinsic::masked_scatter: return call->getArgOperand(3);
    default: return nullptr;
  }
}

// Does each lane of the result depend on the same lane of the operands alone, and does nothing else happen?
bool is_lane_by_lane(const llvm::Instruction& instruction, unsigned lanes) {
  if (lanes_of(instruction) != lanes) { return false; }
  if (const auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
    return llvm::isTriviallyVectorizable(call->getIntrinsicID());
  }
  return llvm::isa<llvm::BinaryOperator, llvm::UnaryOperator, llvm::CastInst, llvm::CmpInst, llvm::SelectInst,
                   llvm::FreezeInst>(instruction);
}

}  // namespace

llvm::Value* lost_mask(llvm::LoadInst& load) {
  const unsigned lanes = lanes_of(load);
  if (lanes == 0 || !load.isSimple() ||
      !llvm::isDereferenceablePointer(load.getPointerOperand(), load.getType(), load.getModule()->getDataLayout())) {
    return nullptr;
  }
  llvm::Value* mask = nullptr;
  bool is_used_here = false;
  llvm::SmallVector<llvm::Instruction*> values{&load};
  llvm::SmallPtrSet<llvm::Instruction*, most_values> seen{&load};
  while (!values.empty()) {
    for (const llvm::Use& use : values.pop_back_val()->uses()) {
      auto* user = llvm::cast<llvm::Instruction>(use.getUser());
      if (llvm::Value* found = mask_of(use)) {
        if (mask != nullptr && mask != found) { return nullptr; }
        mask = found;
        is_used_here |= user->getParent() == load.getParent();
      } else if (!is_lane_by_lane(*user, lanes) || seen.size() == most_values) {
        return nullptr;
      } else if (seen.insert(user).second) {
        values.push_back(user);
      }
    }
  }
  // Both the mask and the load come before the use. So one of the two comes before the other.
  const auto* decision = llvm::dyn_cast_or_null<llvm::Instruction>(mask);
  if (decision == nullptr) { return mask; }
  return (decision->getParent() == load.getParent() ? decision->comesBefore(&load) : is_used_here) ? mask : nullptr;
}

}  // namespace tenter::pass
