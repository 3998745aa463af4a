// Makes the calls for accesses that ThreadSanitizer's pass of LLVM 19 takes for its function's own affair and that are not: to a part of
// a local variable which others have a pointer to. That pass asks whether the address of the *part* gets out of the function, and it
// mostly does not; LLVM 20 asks about the variable.
//
//   Result result;
//   std::thread other([&result] { use(result); });   // the address of all of it is out
//   result.sum = 3;                                  // at an offset: no call without this
#pragma once
#include <llvm/IR/Function.h>

namespace tenter::pass {

// How many calls were made. To run right before ThreadSanitizer's pass, on whatever it works on, optimized or not.
unsigned report_parts_of_locals(llvm::Function& function);

}  // namespace tenter::pass
