// The plug-in that tenter-c++ loads into clang. It works beside ThreadSanitizer's pass, which makes the calls into the
// recorder, and leaves to it everything that it does not understand itself.
//
// clang runs ThreadSanitizer's pass at the end of optimization, and plug-ins registered for the same place before it. With
// -flto=thin both is done before linking, where there is no vectorizer: so the loops come where optimization as a whole begins.
#include <llvm/IR/Module.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Passes/PassPlugin.h>

#include "pass/accesses.h"
#include "pass/kept_masks.h"
#include "pass/local_parts.h"
#include "pass/loop_ranges.h"
#include "pass/masked_vectors.h"
#include "pass/odd_sizes.h"
#include "pass/repetitions.h"

namespace {

llvm::PreservedAnalyses preserved(bool all) {
  return all ? llvm::PreservedAnalyses::all() : llvm::PreservedAnalyses::none();
}

struct TenterKeptMasks : llvm::PassInfoMixin<TenterKeptMasks> {
  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
    return preserved(!tenter::pass::hide_pointers_of_masked_loads(module));
  }
};

// This and the next one come right before ThreadSanitizer's pass.
struct TenterRepetitions : llvm::PassInfoMixin<TenterRepetitions> {
  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
    tenter::pass::take_told_marks(module);
    const bool changed = tenter::pass::show_pointers_of_masked_loads(module);
    for (llvm::Function& function : module) {
      if (tenter::pass::may_leave_out(function)) { tenter::pass::leave_out_repetitions(function); }
    }
    return preserved(!changed);  // besides metadata
  }
};

struct TenterMissingCalls : llvm::PassInfoMixin<TenterMissingCalls> {
  llvm::PreservedAnalyses run(llvm::Module& module, llvm::ModuleAnalysisManager&) {
    unsigned calls = 0;
    for (llvm::Function& function : module) {
      if (!tenter::pass::is_recorded(function)) { continue; }
      calls += tenter::pass::report_parts_of_locals(function);
      calls += tenter::pass::report_masked_vectors(function);
      calls += tenter::pass::report_odd_sizes(function);
    }
    return preserved(calls == 0);
  }
  static bool isRequired() { return true; }  // also where nothing is optimized
};

void register_passes(llvm::PassBuilder& builder) {
  builder.registerPipelineStartEPCallback([](llvm::ModulePassManager& passes, llvm::OptimizationLevel level) {
    if (level != llvm::OptimizationLevel::O0) { passes.addPass(TenterKeptMasks()); }
  });
  builder.registerOptimizerEarlyEPCallback([](llvm::ModulePassManager& passes, llvm::OptimizationLevel level) {
    if (level != llvm::OptimizationLevel::O0) {
      passes.addPass(llvm::createModuleToFunctionPassAdaptor(tenter::pass::TenterLoopRanges()));
    }
  });
  builder.registerOptimizerLastEPCallback([](llvm::ModulePassManager& passes, llvm::OptimizationLevel level) {
    if (level != llvm::OptimizationLevel::O0) { passes.addPass(TenterRepetitions()); }
    passes.addPass(TenterMissingCalls());
  });
}

}  // namespace

extern "C" __attribute__((visibility("default"))) llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "tenterhook", LLVM_VERSION_STRING, register_passes};
}
