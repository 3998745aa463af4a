// Tells of what a loop is going to access before it runs, or of what it has written after it: one call for the whole
// range, instead of one for each access.
//
//   for (int i = 0; i < n; ++i) { sum += row[i]; }     // __tsan_read_range(row, 4 * n), and no call in the loop
//
// Only where nothing in the loop can end the epoch, so that the recorder's stream stays the same but for the order of
// accesses between two events that synchronize. Reads are told of early and writes late. So whatever is recorded before a
// write is all that the write could depend on, and a prediction (analyzer/predict) never takes a write to a place to
// which the loop would not have come.
//
// Runs before the vectorizer, whose loops are hard to read, and which finds loops without calls.
#pragma once
#include <llvm/IR/PassManager.h>

namespace tenter::pass {

struct TenterLoopRanges : llvm::PassInfoMixin<TenterLoopRanges> {
  llvm::PreservedAnalyses run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses);
};

}  // namespace tenter::pass
