// The recorder's functions that the plug-in calls itself.
#pragma once
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Module.h>

namespace tenter::pass {

// void __tsan_read_range(void* begin, size_t bytes), or the same of writes. To optimizers it is a call that changes nothing
// they know of, so that what surrounds it is compiled as if it were not there.
llvm::FunctionCallee range_callback(llvm::Module& module, bool write);

// Is it one of them? They end no epoch.
bool is_callback(const llvm::CallBase& call);

}  // namespace tenter::pass
