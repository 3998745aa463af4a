#include "pass/local_parts.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/CaptureTracking.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/IRBuilder.h>

#include "pass/accesses.h"
#include "pass/callbacks.h"

namespace tenter::pass {
namespace {

// The question as ThreadSanitizer's pass asks it.
bool is_passed_over(const Access& access) {
  return llvm::isa<llvm::AllocaInst>(llvm::getUnderlyingObject(access.pointer)) &&
         !llvm::PointerMayBeCaptured(access.pointer, /*ReturnCaptures=*/true, /*StoreCaptures=*/true);
}

void report(const Access& access) {
  const llvm::Align alignment = llvm::getLoadStoreAlignment(access.instruction);
  const bool is_aligned = alignment.value() >= 8 || alignment.value() % access.bytes == 0;
  llvm::IRBuilder<> before(access.instruction);  // with its place in the source
  before.CreateCall(access_callback(*access.instruction->getModule(), access.write, access.bytes, is_aligned),
                    {access.pointer});
  leave_out(*access.instruction);
}

}  // namespace

unsigned report_parts_of_locals(llvm::Function& function) {
  llvm::SmallVector<Access> passed_over;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      const auto access = reported_access(instruction);
      if (access && is_passed_over(*access)) { passed_over.push_back(*access); }
    }
  }
  for (const Access& access : passed_over) { report(access); }
  return static_cast<unsigned>(passed_over.size());
}

}  // namespace tenter::pass
