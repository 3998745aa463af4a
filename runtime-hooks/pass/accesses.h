// What the plug-in and ThreadSanitizer's pass must agree about: which instructions that pass would report, how it is
// told that one is dealt with, and what may end an epoch of the recorder (record/epoch.h).
#pragma once
#include <llvm/IR/Function.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Metadata.h>

#include <cstdint>
#include <optional>

namespace tenter::pass {

struct Access {
  llvm::Instruction* instruction;
  llvm::Value* pointer;
  std::uint64_t bytes;
  bool write;
};

// Is what the instruction accesses from `pointer` on worth telling? Not constants, locals that nobody else can reach, what
// the compiler counts for itself, and what was dealt with.
bool is_for_others(const llvm::Instruction& instruction, const llvm::Value& pointer, bool write);

// A plain load or store that ThreadSanitizer's pass reports as an access of its bytes. Nothing for what it leaves out (volatile
// and atomic ones are other events; constants, locals that nobody else can reach, sizes that have no callback), nothing
// for pointers to virtual tables, whose callback looks at the value, and nothing for loads that lost their mask (lost_masks.h).
std::optional<Access> reported_access(llvm::Instruction& instruction);

// A load or store, volatile or not, that ThreadSanitizer's pass passes over for its size alone: vectors of 32 and 64 bytes, long
// double. Not loads that lost their mask.
std::optional<Access> access_without_callback(llvm::Instruction& instruction);

// May something happen here that another task could be ordered by, or that makes an address another object? Every
// call may, but for those known to touch nothing of the kind.
bool may_end_epoch(const llvm::Instruction& instruction);

// Does ThreadSanitizer's pass work on this function at all?
bool is_recorded(const llvm::Function& function);

// May calls be left out of it? Not where that pass makes none, and never in code compiled without optimization, which is
// to stay as it is written.
bool may_leave_out(const llvm::Function& function);

// ThreadSanitizer's pass skips the instruction.
void leave_out(llvm::Instruction& instruction);

// The same for an instruction that other passes are still to transform: a mark that they keep as long as all that they
// merged had it. take_told_marks() then turns the marks into what leave_out() does.
void mark_told(llvm::Instruction& instruction);
void take_told_marks(llvm::Module& module);

}  // namespace tenter::pass
