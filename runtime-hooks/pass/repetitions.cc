// A fact is "these bytes were accessed in the epoch that still lasts, so strongly at least": a pointer value, an offset, a
// size, and whether it was a write. Facts that hold on every path to a block are found by the usual forward
// iteration (available expressions: Aho, Lam, Sethi, Ullman, Compilers, section 9.2.6). A fact ends where the epoch may, and
// where the value that it is about is computed anew: in the next round of a loop the same name is another address.
#include "pass/repetitions.h"

#include <llvm/ADT/BitVector.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Module.h>

#include <vector>

#include "pass/accesses.h"

namespace tenter::pass {
namespace {

constexpr std::size_t most_facts = 4096;  // of a function; beyond that it stays as it is

struct Fact {
  const llvm::Value* base;
  std::int64_t begin, end;
  bool write;

  bool operator==(const Fact&) const = default;
  bool implies(const Fact& other) const {
    return base == other.base && begin <= other.begin && end >= other.end && (write || !other.write);
  }
};

class Repetitions {
 public:
  explicit Repetitions(llvm::Function& function) : function_(function) {}

  unsigned leave_out() {
    collect();
    if (facts_.size() < 2 || facts_.size() > most_facts) { return 0; }
    iterate();
    unsigned count = 0;
    for (llvm::BasicBlock& block : function_) {
      const auto entry = at_entry_.find(&block);
      if (entry == at_entry_.end()) { continue; }  // never reached
      llvm::BitVector held = entry->second;
      for (llvm::Instruction& instruction : block) {
        if (const auto access = accesses_.find(&instruction);
            access != accesses_.end() && is_implied(facts_[access->second], held)) {
          pass::leave_out(instruction);
          ++count;
        }
        go_past(instruction, held);
      }
    }
    return count;
  }

 private:
  void collect() {
    const llvm::DataLayout& layout = function_.getParent()->getDataLayout();
    for (llvm::BasicBlock& block : function_) {
      for (llvm::Instruction& instruction : block) {
        const auto access = reported_access(instruction);
        if (!access) { continue; }
        llvm::APInt offset(layout.getIndexTypeSizeInBits(access->pointer->getType()), 0);
        const llvm::Value* base =
            access->pointer->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
        if (offset.getSignificantBits() > 62) { continue; }
        const std::int64_t begin = offset.getSExtValue();
        const Fact fact{base, begin, begin + static_cast<std::int64_t>(access->bytes), access->write};
        llvm::SmallVector<unsigned>& same_base = by_base_[base];
        const auto known = llvm::find_if(same_base, [&](unsigned each) { return facts_[each] == fact; });
        if (known != same_base.end()) {
          accesses_[&instruction] = *known;
        } else {
          accesses_[&instruction] = static_cast<unsigned>(facts_.size());
          same_base.push_back(static_cast<unsigned>(facts_.size()));
          facts_.push_back(fact);
        }
      }
    }
  }

  bool is_implied(const Fact& fact, const llvm::BitVector& held) const {
    return llvm::any_of(by_base_.find(fact.base)->second,
                        [&](unsigned each) { return held[each] && facts_[each].implies(fact); });
  }

  void go_past(const llvm::Instruction& instruction, llvm::BitVector& held) const {
    if (const auto about = by_base_.find(&instruction); about != by_base_.end()) {
      for (const unsigned each : about->second) { held.reset(each); }
    }
    if (may_end_epoch(instruction)) { held.reset(); }
    if (const auto access = accesses_.find(&instruction); access != accesses_.end()) { held.set(access->second); }
  }

  // At first everything is taken to hold at a block that was not looked at yet; what does not goes.
  void iterate() {
    const llvm::ReversePostOrderTraversal<llvm::Function*> order(&function_);
    const auto size = static_cast<unsigned>(facts_.size());
    at_entry_[&function_.getEntryBlock()] = llvm::BitVector(size);
    llvm::DenseMap<const llvm::BasicBlock*, llvm::BitVector> at_exit;
    for (bool changed = true; changed;) {
      changed = false;
      for (const llvm::BasicBlock* block : order) {
        llvm::BitVector held(size, block != &function_.getEntryBlock());
        for (const llvm::BasicBlock* before : llvm::predecessors(block)) {
          if (const auto known = at_exit.find(before); known != at_exit.end()) { held &= known->second; }
        }
        at_entry_[block] = held;
        for (const llvm::Instruction& instruction : *block) { go_past(instruction, held); }
        const auto known = at_exit.find(block);
        if (known == at_exit.end() || known->second != held) {
          at_exit[block] = std::move(held);
          changed = true;
        }
      }
    }
  }

  llvm::Function& function_;
  std::vector<Fact> facts_;
  llvm::DenseMap<const llvm::Value*, llvm::SmallVector<unsigned>> by_base_;
  llvm::DenseMap<const llvm::Instruction*, unsigned> accesses_;  // the fact that each makes true
  llvm::DenseMap<const llvm::BasicBlock*, llvm::BitVector> at_entry_;
};

}  // namespace

unsigned leave_out_repetitions(llvm::Function& function) { return Repetitions(function).leave_out(); }

}  // namespace tenter::pass
