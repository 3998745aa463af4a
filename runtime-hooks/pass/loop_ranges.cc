// A Piece is what one load or store accesses while a loop runs: a contiguous range whose ends are known before the loop, as
// scalar evolution knows them (Bachmann, Wang, Zima, Chains of Recurrences, ISSAC 1994). It starts as the access itself
// and is folded over one enclosing loop after another, as long as its ends do not depend on the loop, or the address
// moves on by just as much as the piece is long.
#include "pass/loop_ranges.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/AssumptionCache.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/Analysis/ScalarEvolution.h>
#include <llvm/Analysis/ScalarEvolutionExpressions.h>
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>
#include <llvm/Transforms/Utils/ScalarEvolutionExpander.h>

#include <optional>
#include <utility>
#include <vector>

#include "pass/accesses.h"
#include "pass/callbacks.h"

namespace tenter::pass {
namespace {

// What the ends of a range may cost to compute, in units of an addition.
constexpr unsigned most_costly = 40;

struct Condition {
  llvm::Value* value;
  bool wanted;
};

struct Piece {
  Access access;
  const llvm::SCEV* begin;
  const llvm::SCEV* bytes;
  llvm::BasicBlock* where;                     // happens whenever this is executed ...
  llvm::SmallVector<Condition, 2> conditions;  // ... and these hold, which are known before `loop`
  llvm::Loop* loop = nullptr;                  // the outermost one that it is folded over
};

class LoopRanges {
 public:
  LoopRanges(llvm::Function& function, llvm::FunctionAnalysisManager& analyses)
      : function_(function),
        loops_(analyses.getResult<llvm::LoopAnalysis>(function)),
        dominators_(analyses.getResult<llvm::DominatorTreeAnalysis>(function)),
        assumptions_(analyses.getResult<llvm::AssumptionAnalysis>(function)),
        costs_(analyses.getResult<llvm::TargetIRAnalysis>(function)),
        evolution_(analyses.getResult<llvm::ScalarEvolutionAnalysis>(function)) {}

  bool run() {
    bool changed = false;
    for (llvm::Loop* loop : loops_) {
      changed |= llvm::simplifyLoop(loop, &dominators_, &loops_, &evolution_, &assumptions_, nullptr, false);
    }
    std::vector<Piece> pieces;
    for (llvm::BasicBlock& block : function_) {
      llvm::Loop* loop = loops_.getLoopFor(&block);
      if (loop == nullptr || !is_calm(*loop)) { continue; }
      for (llvm::Instruction& instruction : block) {
        if (const auto access = reported_access(instruction)) {
          if (auto piece = folded(*access, *loop)) { pieces.push_back(std::move(*piece)); }
        }
      }
    }
    // Nothing is changed before all is known: expressions in terms of the function as it was.
    for (const Piece& piece : pieces) { tell(piece); }
    return changed || !pieces.empty();
  }

 private:
  // Can no epoch end in it, and is there a place before it, and one behind each of its exits?
  bool is_calm(const llvm::Loop& loop) {
    const auto known = calm_.find(&loop);
    if (known != calm_.end()) { return known->second; }
    return calm_[&loop] = looks_calm(loop);
  }
  static bool looks_calm(const llvm::Loop& loop) {
    if (loop.getLoopPreheader() == nullptr || loop.getLoopLatch() == nullptr || !loop.hasDedicatedExits()) {
      return false;
    }
    llvm::SmallVector<llvm::BasicBlock*> exits;
    loop.getUniqueExitBlocks(exits);
    if (llvm::any_of(exits, [](const llvm::BasicBlock* exit) { return exit->isEHPad(); })) { return false; }
    return llvm::none_of(loop.blocks(), [](const llvm::BasicBlock* block) {
      return llvm::any_of(*block, [](const llvm::Instruction& each) { return may_end_epoch(each); });
    });
  }

  std::optional<Piece> folded(const Access& access, llvm::Loop& innermost) {
    llvm::Type* const word = llvm::Type::getInt64Ty(function_.getContext());
    Piece piece{access,
                evolution_.getSCEV(access.pointer),
                evolution_.getConstant(word, access.bytes),
                access.instruction->getParent(),
                {}};
    std::optional<Piece> best;
    for (llvm::Loop* loop = &innermost; loop != nullptr && is_calm(*loop); loop = loop->getParentLoop()) {
      if (!fold(piece, *loop)) { break; }
      if (can_be_told(piece)) { best = piece; }
    }
    return best;
  }

  bool fold(Piece& piece, llvm::Loop& loop) {
    if (!happens_in_each_round(piece, loop)) { return false; }
    const llvm::SCEV* rounds = rounds_of(loop);
    // Who writes is told of when the loop is over, so it had better be.
    if (rounds == nullptr && piece.access.write) { return false; }
    piece.where = loop.getLoopPreheader();
    piece.loop = &loop;
    if (!evolution_.isLoopInvariant(piece.bytes, &loop)) { return false; }
    if (evolution_.isLoopInvariant(piece.begin, &loop)) { return true; }
    const auto* moving = llvm::dyn_cast<llvm::SCEVAddRecExpr>(piece.begin);
    if (rounds == nullptr || moving == nullptr || moving->getLoop() != &loop || !moving->isAffine()) { return false; }
    const llvm::SCEV* step = moving->getStepRecurrence(evolution_);
    if (step == piece.bytes) {
      piece.begin = moving->getStart();
    } else if (step == evolution_.getNegativeSCEV(piece.bytes)) {
      const llvm::SCEV* last = evolution_.getMinusSCEV(rounds, evolution_.getOne(rounds->getType()));
      piece.begin = evolution_.getAddExpr(moving->getStart(), evolution_.getMulExpr(step, last));
    } else {
      return false;
    }
    piece.bytes = evolution_.getMulExpr(piece.bytes, rounds);
    return true;
  }

  // As often as the loop's header, but for conditions that stay the same while it runs: these are added.
  bool happens_in_each_round(Piece& piece, const llvm::Loop& loop) const {
    const auto stays = [&](const Condition& each) { return loop.isLoopInvariant(each.value); };
    llvm::BasicBlock* at = piece.where;
    while (!is_in_each_round(at, loop)) {
      llvm::BasicBlock* before = at->getSinglePredecessor();
      if (before == nullptr || !loop.contains(before)) { return false; }
      const auto* branch = llvm::dyn_cast<llvm::BranchInst>(before->getTerminator());
      if (branch == nullptr) { return false; }
      if (branch->isConditional()) {
        piece.conditions.push_back({branch->getCondition(), branch->getSuccessor(0) == at});
      }
      at = before;
    }
    return llvm::all_of(piece.conditions, stays);
  }
  bool is_in_each_round(const llvm::BasicBlock* block, const llvm::Loop& loop) const {
    if (!dominators_.dominates(block, loop.getLoopLatch())) { return false; }
    llvm::SmallVector<llvm::BasicBlock*> exiting;
    loop.getExitingBlocks(exiting);
    return llvm::all_of(exiting, [&](const llvm::BasicBlock* each) { return dominators_.dominates(block, each); });
  }

  // How often the header is executed, in 64 bits. Null: not known before.
  const llvm::SCEV* rounds_of(const llvm::Loop& loop) {
    const llvm::SCEV* back = evolution_.getBackedgeTakenCount(&loop);
    if (llvm::isa<llvm::SCEVCouldNotCompute>(back)) { return nullptr; }
    llvm::Type* const word = llvm::Type::getInt64Ty(function_.getContext());
    if (evolution_.getTypeSizeInBits(back->getType()) > 64) { return nullptr; }
    return evolution_.getAddExpr(evolution_.getNoopOrZeroExtend(back, word), evolution_.getOne(word));
  }

  bool can_be_told(const Piece& piece) {
    llvm::Instruction* place = piece.loop->getLoopPreheader()->getTerminator();
    llvm::SCEVExpander expander(evolution_, function_.getParent()->getDataLayout(), "told");
    return expander.isSafeToExpandAt(piece.begin, place) && expander.isSafeToExpandAt(piece.bytes, place) &&
           !expander.isHighCostExpansion({piece.begin, piece.bytes}, piece.loop, most_costly, &costs_, place);
  }

  void tell(const Piece& piece) {
    llvm::Instruction* place = piece.loop->getLoopPreheader()->getTerminator();
    llvm::SCEVExpander expander(evolution_, function_.getParent()->getDataLayout(), "told");
    llvm::IRBuilder<> builder(place);
    llvm::Value* begin = expander.expandCodeFor(piece.begin, builder.getPtrTy(), place);
    llvm::Value* bytes = expander.expandCodeFor(piece.bytes, builder.getInt64Ty(), place);
    builder.SetInsertPoint(place);
    // The outermost condition comes last, and where it does not hold the others may be anything.
    for (const Condition& condition : piece.conditions) {
      llvm::Value* holds = builder.CreateFreeze(condition.value);
      llvm::Value* none = builder.getInt64(0);
      bytes = condition.wanted ? builder.CreateSelect(holds, bytes, none) : builder.CreateSelect(holds, none, bytes);
    }
    const llvm::FunctionCallee callback = range_callback(*function_.getParent(), piece.access.write);
    const auto call = [&] {
      llvm::CallInst* made = builder.CreateCall(callback, {begin, bytes});
      made->setDebugLoc(piece.access.instruction->getDebugLoc());
      made->setTailCallKind(llvm::CallInst::TCK_NoTail);  // its return address is the place of the access
    };
    if (piece.access.write) {
      llvm::SmallVector<llvm::BasicBlock*> exits;
      piece.loop->getUniqueExitBlocks(exits);
      for (llvm::BasicBlock* exit : exits) {
        builder.SetInsertPoint(exit, exit->getFirstInsertionPt());
        call();
      }
    } else {
      call();
    }
    mark_told(*piece.access.instruction);
  }

  llvm::Function& function_;
  llvm::LoopInfo& loops_;
  llvm::DominatorTree& dominators_;
  llvm::AssumptionCache& assumptions_;
  llvm::TargetTransformInfo& costs_;
  llvm::ScalarEvolution& evolution_;
  llvm::DenseMap<const llvm::Loop*, bool> calm_;
};

}  // namespace

llvm::PreservedAnalyses TenterLoopRanges::run(llvm::Function& function, llvm::FunctionAnalysisManager& analyses) {
  if (!may_leave_out(function) || !LoopRanges(function, analyses).run()) { return llvm::PreservedAnalyses::all(); }
  return llvm::PreservedAnalyses::none();
}

}  // namespace tenter::pass
