#include "pass/accesses.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/Analysis/CaptureTracking.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include "pass/callbacks.h"
#include "pass/lost_masks.h"

namespace tenter::pass {
namespace {

// Metadata of a kind that the vectorizer and its like keep, and drop where an instruction without it is merged in: an access
// group. It means nothing unless a loop is said to be parallel for it, and no loop is for this one.
constexpr const char* told_name = "tenter.told";

llvm::MDNode* told_group(llvm::Module& module) {
  llvm::NamedMDNode* named = module.getOrInsertNamedMetadata(told_name);
  if (named->getNumOperands() == 0) { named->addOperand(llvm::MDNode::getDistinct(module.getContext(), {})); }
  return named->getOperand(0);
}

bool is_constant_data(const llvm::Value* pointer) {
  const llvm::Value* object = llvm::getUnderlyingObject(pointer);
  if (const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(object)) { return global->isConstant(); }
  // What a pointer to a virtual table points to.
  if (const auto* load = llvm::dyn_cast<llvm::LoadInst>(object)) {
    const llvm::MDNode* type = load->getMetadata(llvm::LLVMContext::MD_tbaa);
    return type != nullptr && type->isTBAAVtableAccess();
  }
  return false;
}

bool is_own_local(const llvm::Value* pointer) {
  const llvm::Value* object = llvm::getUnderlyingObject(pointer);
  return llvm::isa<llvm::AllocaInst>(object) &&
         !llvm::PointerMayBeCaptured(object, /*ReturnCaptures=*/true, /*StoreCaptures=*/true);
}

bool has_callback(std::uint64_t bytes) { return bytes <= 16 && (bytes & (bytes - 1)) == 0; }

// A load or store that is not atomic, of any size, of what others may reach.
std::optional<Access> access_by(llvm::Instruction& instruction) {
  Access access{&instruction, nullptr, 0, false};
  llvm::Type* type = nullptr;
  if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction); load != nullptr && !load->isAtomic()) {
    access.pointer = load->getPointerOperand();
    type = load->getType();
  } else if (auto* store = llvm::dyn_cast<llvm::StoreInst>(&instruction); store != nullptr && !store->isAtomic()) {
    access.pointer = store->getPointerOperand();
    type = store->getValueOperand()->getType();
    access.write = true;
  } else {
    return std::nullopt;
  }
  if (access.pointer->getType()->getPointerAddressSpace() != 0) { return std::nullopt; }
  const llvm::TypeSize size = instruction.getModule()->getDataLayout().getTypeStoreSize(type);
  if (size.isScalable()) { return std::nullopt; }
  access.bytes = size.getFixedValue();
  if (access.bytes == 0 || !is_for_others(instruction, *access.pointer, access.write)) { return std::nullopt; }
  return access;
}

bool lost_its_mask(llvm::Instruction& instruction) {
  auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction);
  return load != nullptr && lost_mask(*load) != nullptr;
}

}  // namespace

bool is_for_others(const llvm::Instruction& instruction, const llvm::Value& pointer, bool write) {
  if (instruction.hasMetadata(llvm::LLVMContext::MD_nosanitize) || pointer.isSwiftError()) { return false; }
  const llvm::MDNode* alias_type = instruction.getMetadata(llvm::LLVMContext::MD_tbaa);
  if (alias_type != nullptr && alias_type->isTBAAVtableAccess()) { return false; }
  // Counters of profiles and coverage, in sections or under names of their own.
  if (const auto* global = llvm::dyn_cast<llvm::GlobalVariable>(pointer.stripInBoundsOffsets());
      global != nullptr && (global->hasSection() || global->getName().starts_with("__llvm"))) {
    return false;
  }
  return (write || !is_constant_data(&pointer)) && !is_own_local(&pointer);
}

std::optional<Access> reported_access(llvm::Instruction& instruction) {
  const std::optional<Access> access = access_by(instruction);
  if (!access || !has_callback(access->bytes) || instruction.isVolatile() || lost_its_mask(instruction)) {
    return std::nullopt;
  }
  return access;
}

std::optional<Access> access_without_callback(llvm::Instruction& instruction) {
  const std::optional<Access> access = access_by(instruction);
  if (!access || has_callback(access->bytes) || lost_its_mask(instruction)) { return std::nullopt; }
  return access;
}

bool may_end_epoch(const llvm::Instruction& instruction) {
  if (const auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) {
    if (llvm::isa<llvm::InvokeInst, llvm::CallBrInst>(call) || call->isInlineAsm() || call->isConvergent()) {
      return true;
    }
    if (is_callback(*call)) { return false; }
    if (llvm::isa<llvm::IntrinsicInst>(call)) { return !call->hasFnAttr(llvm::Attribute::NoSync); }
    return !(call->doesNotAccessMemory() && call->hasFnAttr(llvm::Attribute::NoSync) && call->doesNotThrow() &&
             call->hasFnAttr(llvm::Attribute::WillReturn));
  }
  return instruction.isAtomic();
}

bool is_recorded(const llvm::Function& function) {
  return !function.isDeclaration() && function.hasFnAttribute(llvm::Attribute::SanitizeThread) &&
         !function.hasFnAttribute(llvm::Attribute::DisableSanitizerInstrumentation) &&
         !function.hasFnAttribute(llvm::Attribute::Naked);
}

bool may_leave_out(const llvm::Function& function) { return is_recorded(function) && !function.hasOptNone(); }

void leave_out(llvm::Instruction& instruction) {
  instruction.setMetadata(llvm::LLVMContext::MD_nosanitize, llvm::MDNode::get(instruction.getContext(), {}));
}

void mark_told(llvm::Instruction& instruction) {
  llvm::MDNode* groups = instruction.getMetadata(llvm::LLVMContext::MD_access_group);
  instruction.setMetadata(llvm::LLVMContext::MD_access_group,
                          llvm::uniteAccessGroups(groups, told_group(*instruction.getModule())));
}

void take_told_marks(llvm::Module& module) {
  llvm::NamedMDNode* named = module.getNamedMetadata(told_name);
  if (named == nullptr) { return; }
  // The linker of modules may have brought several together.
  const auto is_ours = [&](const llvm::Metadata* node) { return llvm::is_contained(named->operands(), node); };
  for (llvm::Function& function : module) {
    for (llvm::BasicBlock& block : function) {
      for (llvm::Instruction& instruction : block) {
        llvm::MDNode* groups = instruction.getMetadata(llvm::LLVMContext::MD_access_group);
        if (groups == nullptr) { continue; }
        llvm::SmallVector<llvm::Metadata*> others;
        bool told = is_ours(groups);
        if (!told) {
          for (const llvm::MDOperand& group : groups->operands()) {
            if (is_ours(group.get())) {
              told = true;
            } else {
              others.push_back(group.get());
            }
          }
        }
        if (!told) { continue; }
        llvm::MDNode* left = nullptr;
        if (others.size() == 1) {
          left = llvm::cast<llvm::MDNode>(others.front());
        } else if (!others.empty()) {
          left = llvm::MDNode::get(module.getContext(), others);
        }
        instruction.setMetadata(llvm::LLVMContext::MD_access_group, left);
        leave_out(instruction);
      }
    }
  }
  named->eraseFromParent();
}

}  // namespace tenter::pass
