// Makes the calls for vector accesses that are intrinsics, and no loads and stores, so that ThreadSanitizer's pass does not
// see them. Mostly a mask decides, when the program runs, which lanes are accessed: these are told of, and no others.
//
//   if (keep[i]) { row[i] = 0; }               // in a loop, with AVX: tenter_write_bytes(row + i, bits of the mask)
//   _mm256_i32gather_ps(row, places, 4);       // tenter_read_gathered(eight addresses, 0xff, 4)
//   _mm512_mask_compressstoreu_ps(row, m, v);  // __tsan_write_range(row, 4 * bits in m)
#pragma once
#include <llvm/IR/Function.h>

namespace tenter::pass {

// How many were dealt with. To run where nothing transforms accesses any more, optimized or not, and before odd sizes.
unsigned report_masked_vectors(llvm::Function& function);

}  // namespace tenter::pass
