#include "pass/masked_vectors.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/TargetFolder.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <algorithm>
#include <numeric>

#include "pass/accesses.h"
#include "pass/callbacks.h"
#include "pass/masked_accesses.h"

namespace tenter::pass {
namespace {

using Shape = MaskedAccess::Shape;

constexpr unsigned bits_of_a_call = 64;
constexpr unsigned pointer_bytes = 8;

class Report {
 public:
  Report(const MaskedAccess& access, llvm::AllocaInst* addresses)
      : access_(access),
        module_(*access.instruction->getModule()),
        builder_(module_.getContext(), llvm::TargetFolder(module_.getDataLayout())),
        addresses_(addresses) {
    builder_.SetInsertPoint(access.instruction);  // and its place in the source
  }

  void make() {
    llvm::Value* mask = mask_as_booleans();
    switch (access_.shape) {
      case Shape::in_place: tell_in_place(mask); break;
      case Shape::packed: tell_packed(mask); break;
      case Shape::scattered: tell_scattered(mask); break;
    }
  }

 private:
  // One for each lane.
  llvm::Value* mask_as_booleans() {
    auto* type = llvm::FixedVectorType::get(builder_.getInt1Ty(), access_.lanes);
    llvm::Value* mask = access_.mask;
    if (mask == nullptr) { return llvm::Constant::getAllOnesValue(type); }
    if (mask->getType()->isIntegerTy()) {
      return builder_.CreateBitCast(builder_.CreateTrunc(mask, builder_.getIntNTy(access_.lanes)), type);
    }
    auto* given = llvm::cast<llvm::FixedVectorType>(mask->getType());
    if (!given->getElementType()->isIntegerTy(1)) {
      // The processor looks at the sign, of a floating-point number as well.
      mask = builder_.CreateBitCast(mask, llvm::VectorType::getInteger(given));
      mask = builder_.CreateICmpSLT(mask, llvm::Constant::getNullValue(mask->getType()));
    }
    return lower(mask);
  }

  // The first ones of a vector with more of them.
  llvm::Value* lower(llvm::Value* vector) {
    if (llvm::cast<llvm::FixedVectorType>(vector->getType())->getNumElements() == access_.lanes) { return vector; }
    llvm::SmallVector<int> lanes(access_.lanes);
    std::iota(lanes.begin(), lanes.end(), 0);
    return builder_.CreateShuffleVector(vector, lanes);
  }

  llvm::Value* as_integer(llvm::Value* booleans) {
    const unsigned bits = llvm::cast<llvm::FixedVectorType>(booleans->getType())->getNumElements();
    return builder_.CreateBitCast(booleans, builder_.getIntNTy(bits));
  }

  // Calls `tell` with one part of the bits after another, and the place of its first bit. Not where none is set.
  template <class Tell>
  void for_each_part(llvm::Value* bits, const Tell& tell) {
    const unsigned count = bits->getType()->getIntegerBitWidth();
    for (unsigned first = 0; first < count; first += bits_of_a_call) {
      llvm::Value* part = first == 0 ? bits : builder_.CreateLShr(bits, first);
      part = builder_.CreateZExtOrTrunc(part, builder_.getInt64Ty());
      const auto* known = llvm::dyn_cast<llvm::ConstantInt>(part);
      if (known == nullptr || !known->isZero()) { tell(part, first); }
    }
  }
  llvm::Value* beyond(llvm::Value* pointer, unsigned bytes) {
    return bytes == 0 ? pointer : builder_.CreateConstGEP1_64(builder_.getInt8Ty(), pointer, bytes);
  }

  void tell_in_place(llvm::Value* mask) {
    const auto lane_bytes = static_cast<unsigned>(access_.lane_bytes);
    // As a processor without masks of its own would have it: all bits of a lane are set or none.
    llvm::Value* lanes =
        builder_.CreateSExt(mask, llvm::FixedVectorType::get(builder_.getIntNTy(8 * lane_bytes), access_.lanes));
    llvm::Value* bytes =
        builder_.CreateBitCast(lanes, llvm::FixedVectorType::get(builder_.getInt8Ty(), access_.lanes * lane_bytes));
    bytes = builder_.CreateICmpSLT(bytes, llvm::Constant::getNullValue(bytes->getType()));
    for_each_part(as_integer(bytes), [&](llvm::Value* selected, unsigned first) {
      builder_.CreateCall(bytes_callback(module_, access_.write), {beyond(access_.where, first), selected});
    });
  }

  void tell_packed(llvm::Value* mask) {
    llvm::Value* lanes = builder_.CreateUnaryIntrinsic(llvm::Intrinsic::ctpop, as_integer(mask));
    lanes = builder_.CreateZExtOrTrunc(lanes, builder_.getInt64Ty());
    builder_.CreateCall(range_callback(module_, access_.write),
                        {access_.where, builder_.CreateMul(lanes, builder_.getInt64(access_.lane_bytes))});
  }

  void tell_scattered(llvm::Value* mask) {
    llvm::Value* addresses = access_.where;
    if (access_.index != nullptr) {
      llvm::Value* index = lower(access_.index);
      index = builder_.CreateSExt(index, llvm::FixedVectorType::get(builder_.getInt64Ty(), access_.lanes));
      index = builder_.CreateMul(index, llvm::ConstantInt::get(index->getType(), access_.scale));
      addresses = builder_.CreateGEP(builder_.getInt8Ty(), access_.where, index);
    }
    leave_out(*builder_.CreateStore(addresses, addresses_));
    for_each_part(as_integer(mask), [&](llvm::Value* selected, unsigned first) {
      builder_.CreateCall(scattered_callback(module_, access_.write),
                          {beyond(addresses_, first * pointer_bytes), selected, builder_.getInt64(access_.lane_bytes)});
    });
  }

  const MaskedAccess& access_;
  llvm::Module& module_;
  llvm::IRBuilder<llvm::TargetFolder> builder_;
  llvm::AllocaInst* addresses_;
};

// Room for the addresses of any of them. Null: none needs it.
llvm::AllocaInst* place_for_addresses(llvm::Function& function, llvm::ArrayRef<MaskedAccess> accesses) {
  unsigned lanes = 0;
  for (const MaskedAccess& access : accesses) {
    if (access.shape == Shape::scattered) { lanes = std::max(lanes, access.lanes); }
  }
  if (lanes == 0) { return nullptr; }
  llvm::IRBuilder<> builder(&function.getEntryBlock(), function.getEntryBlock().getFirstInsertionPt());
  return builder.CreateAlloca(llvm::FixedVectorType::get(builder.getPtrTy(), lanes));
}

}  // namespace

unsigned report_masked_vectors(llvm::Function& function) {
  llvm::SmallVector<MaskedAccess> accesses;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      if (const auto access = masked_access(instruction)) { accesses.push_back(*access); }
    }
  }
  llvm::AllocaInst* addresses = place_for_addresses(function, accesses);
  for (const MaskedAccess& access : accesses) {
    Report(access, addresses).make();
    leave_out(*access.instruction);
  }
  return static_cast<unsigned>(accesses.size());
}

}  // namespace tenter::pass
