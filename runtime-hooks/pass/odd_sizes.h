// Makes the calls for accesses of sizes for which ThreadSanitizer's pass has none, and which it leaves out: vectors of 32 and 64 bytes (AVX), long
// double with its ten bytes, integers and vectors of other sizes.
//
//   _mm256_storeu_ps(row, sums);   // __tsan_write_range(row, 32)
#pragma once
#include <llvm/IR/Function.h>

namespace tenter::pass {

// How many calls were made. To run where nothing transforms accesses any more, optimized or not.
unsigned report_odd_sizes(llvm::Function& function);

}  // namespace tenter::pass
