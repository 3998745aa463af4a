#include "pass/kept_masks.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>

#include "pass/accesses.h"

namespace tenter::pass {
namespace {

constexpr unsigned pointer_place = 0;  // among the arguments of loads and annotations

bool is_masked_load(const llvm::IntrinsicInst& call) {
  const llvm::StringRef name = llvm::Intrinsic::getBaseName(call.getIntrinsicID());
  return call.getIntrinsicID() == llvm::Intrinsic::masked_load || name.starts_with("llvm.x86.avx.maskload.") ||
         name.starts_with("llvm.x86.avx2.maskload.");
}

// An annotation without a text: those of the program have one.
bool is_ours(const llvm::IntrinsicInst& call) {
  return call.getIntrinsicID() == llvm::Intrinsic::ptr_annotation &&
         llvm::isa<llvm::ConstantPointerNull>(call.getArgOperand(1));
}

template <class Wanted>
llvm::SmallVector<llvm::IntrinsicInst*> calls_in(llvm::Function& function, const Wanted& wanted) {
  llvm::SmallVector<llvm::IntrinsicInst*> calls;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction); call != nullptr && wanted(*call)) {
        calls.push_back(call);
      }
    }
  }
  return calls;
}

}  // namespace

bool hide_pointers_of_masked_loads(llvm::Module& module) {
  bool any = false;
  for (llvm::Function& function : module) {
    if (!may_leave_out(function)) { continue; }
    for (llvm::IntrinsicInst* load : calls_in(function, is_masked_load)) {
      llvm::Value* pointer = load->getArgOperand(pointer_place);
      if (pointer->getType()->getPointerAddressSpace() != 0) { continue; }
      llvm::IRBuilder<> builder(load);
      llvm::Value* none = llvm::ConstantPointerNull::get(builder.getPtrTy());
      llvm::Value* hidden =
          builder.CreateIntrinsic(llvm::Intrinsic::ptr_annotation, {pointer->getType(), none->getType()},
                                  {pointer, none, none, builder.getInt32(0), none});
      load->setArgOperand(pointer_place, hidden);
      any = true;
    }
  }
  return any;
}

bool show_pointers_of_masked_loads(llvm::Module& module) {
  bool any = false;
  for (llvm::Function& function : module) {
    for (llvm::IntrinsicInst* annotation : calls_in(function, is_ours)) {
      annotation->replaceAllUsesWith(annotation->getArgOperand(pointer_place));
      annotation->eraseFromParent();
      any = true;
    }
  }
  return any;
}

}  // namespace tenter::pass
