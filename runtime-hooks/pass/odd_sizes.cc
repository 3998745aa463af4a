#include "pass/odd_sizes.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/IRBuilder.h>

#include "pass/accesses.h"
#include "pass/callbacks.h"

namespace tenter::pass {

unsigned report_odd_sizes(llvm::Function& function) {
  llvm::SmallVector<Access> accesses;
  for (llvm::BasicBlock& block : function) {
    for (llvm::Instruction& instruction : block) {
      if (const auto access = access_without_callback(instruction)) { accesses.push_back(*access); }
    }
  }
  for (const Access& access : accesses) {
    llvm::IRBuilder<> before(access.instruction);  // with its place in the source
    before.CreateCall(range_callback(*function.getParent(), access.write),
                      {access.pointer, before.getInt64(access.bytes)});
  }
  return static_cast<unsigned>(accesses.size());
}

}  // namespace tenter::pass
