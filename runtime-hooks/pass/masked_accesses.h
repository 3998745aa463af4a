// The vector accesses of which a mask selects the lanes, in their many forms: LLVM's own intrinsics, which the vectorizer
// and clang's headers for AVX-512 make, and those of x86.
#pragma once
#include <llvm/IR/Instructions.h>

#include <cstdint>
#include <optional>

namespace tenter::pass {

struct MaskedAccess {
  enum class Shape {
    in_place,   // lane i at `where` + i * lane_bytes
    packed,     // the selected lanes side by side from `where` on
    scattered,  // lane i at the i-th address
  };
  llvm::Instruction* instruction;
  Shape shape;
  bool write;
  unsigned lanes;
  std::uint64_t lane_bytes;
  llvm::Value* where;            // scattered: all addresses, or with `index` what these count from
  llvm::Value* index = nullptr;  // in units of `scale` bytes
  std::uint64_t scale = 0;
  llvm::Value* mask = nullptr;  // bits, booleans, or numbers whose signs say it; null: all lanes
};

// Nothing for what only this function can reach, and for what is no such access.
std::optional<MaskedAccess> masked_access(llvm::Instruction& instruction);

}  // namespace tenter::pass
