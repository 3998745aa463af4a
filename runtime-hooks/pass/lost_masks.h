// Where memory is known to be there for sure, LLVM makes of a masked load one of the whole vector. It reads lanes that the program
// does not read, and of which other threads may be writing: a race to whoever looks at loads.
//
//   if (keep[i]) { row[i] += 1; }      // in a loop, unrolled, over a global row: load, add, and a store that still has the mask
//
// That happens to what the vectorizer makes; masked loads of the program keep their masks (kept_masks.h).
#pragma once
#include <llvm/IR/Instructions.h>

namespace tenter::pass {

// The mask that all uses of a load have, lane by lane, if it was known before the load. Null: all lanes are read.
llvm::Value* lost_mask(llvm::LoadInst& load);

}  // namespace tenter::pass
