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

// void tenter_write_bytes(void* first, uint64_t selected), with a bit for each of 64 bytes, or the same of reads (hooks/lanes.h).
llvm::FunctionCallee bytes_callback(llvm::Module& module, bool write);

// void tenter_write_scattered(void** addresses, uint64_t selected, uint64_t lane_bytes), or tenter_read_gathered.
llvm::FunctionCallee scattered_callback(llvm::Module& module, bool write);

// Is it one of them? They end no epoch.
bool is_callback(const llvm::CallBase& call);

}  // namespace tenter::pass
