// Keeps the masks of the program's own masked loads until all is told. LLVM drops them where memory is known to be there for
// sure (lost_masks.h), and moves on what is left.
//
//   _mm_maskload_epi32(known, mask)     // known is an int[4]: one load of all four, and a select behind it
//
// A pointer is hidden behind an annotation, of which optimizers know nothing, from the beginning of optimization to its end.
#pragma once
#include <llvm/IR/Module.h>

namespace tenter::pass {

// Both: was there any?
bool hide_pointers_of_masked_loads(llvm::Module& module);
bool show_pointers_of_masked_loads(llvm::Module& module);

}  // namespace tenter::pass
