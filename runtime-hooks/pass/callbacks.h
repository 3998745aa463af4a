// The recorder's functions that the plug-in calls itself.
#pragma once
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Module.h>

#include <cstdint>

namespace tenter::pass {

// void __tsan_read_range(void* begin, size_t bytes), or the same of writes. To optimizers it is a call that changes nothing
// they know of, so that what surrounds it is compiled as if it were not there.
llvm::FunctionCallee range_callback(llvm::Module& module, bool write);

// void __tsan_write4(void* address) and its like, for an access of 1, 2, 4, 8 or 16 bytes: the calls that ThreadSanitizer's pass makes.
llvm::FunctionCallee access_callback(llvm::Module& module, bool write, std::uint64_t bytes, bool is_aligned);

// Is it one of them? They end no epoch.
bool is_callback(const llvm::CallBase& call);

}  // namespace tenter::pass
