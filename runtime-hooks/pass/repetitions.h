// Leaves out accesses that an earlier one of the same function implies: the rule of the recorder's access filter
// (record/access_filter.h, with the proof), applied by the compiler where it can see that it holds.
//
//   total = n;           // reported
//   if (n > 3) { ++n; }
//   return total;        // not: these bytes were written, and nothing since could have ended the epoch
#pragma once
#include <llvm/IR/Function.h>

namespace tenter::pass {

// How many were left out.
unsigned leave_out_repetitions(llvm::Function& function);

}  // namespace tenter::pass
