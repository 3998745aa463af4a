#include "pass/masked_accesses.h"

#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Operator.h>

#include <algorithm>

#include "pass/accesses.h"
#include "pass/lost_masks.h"

namespace tenter::pass {
namespace {

using Shape = MaskedAccess::Shape;

// Lanes of whole bytes side by side, as memory has them.
bool set_lanes(MaskedAccess& access, const llvm::Type* type) {
  const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(type);
  if (vector == nullptr) { return false; }
  const llvm::DataLayout& layout = access.instruction->getModule()->getDataLayout();
  const std::uint64_t bits = layout.getTypeSizeInBits(vector->getElementType());
  if (bits == 0 || bits % 8 != 0) { return false; }
  access.lanes = vector->getNumElements();
  access.lane_bytes = bits / 8;
  return true;
}

// An x86 instruction may have fewer lanes than its widest operand: a gather of two doubles has four indices, and the
// upper two are not looked at.
void limit_lanes(MaskedAccess& access, const llvm::Value* operand) {
  if (const auto* vector = llvm::dyn_cast<llvm::FixedVectorType>(operand->getType())) {
    access.lanes = std::min(access.lanes, vector->getNumElements());
  }
}

bool set_generic(MaskedAccess& access, llvm::IntrinsicInst& call) {
  const auto fill = [&](Shape shape, bool write, llvm::Value* where, llvm::Value* mask) {
    access.shape = shape;
    access.write = write;
    access.where = where;
    access.mask = mask;
    return set_lanes(access, write ? call.getArgOperand(0)->getType() : call.getType());
  };
  const auto argument = [&](unsigned i) { return call.getArgOperand(i); };
  switch (call.getIntrinsicID()) {
    case llvm::Intrinsic::masked_load: return fill(Shape::in_place, false, argument(0), argument(2));
    case llvm::Intrinsic::masked_store: return fill(Shape::in_place, true, argument(1), argument(3));
    case llvm::Intrinsic::masked_expandload: return fill(Shape::packed, false, argument(0), argument(1));
    case llvm::Intrinsic::masked_compressstore: return fill(Shape::packed, true, argument(1), argument(2));
    case llvm::Intrinsic::masked_gather: return fill(Shape::scattered, false, argument(0), argument(2));
    case llvm::Intrinsic::masked_scatter: return fill(Shape::scattered, true, argument(1), argument(3));
    default: return false;
  }
}

// Forms of x86, by the beginning of the name: there are two hundred.
enum class Form { load, store, store_of_bytes, whole_load, gather, scatter, narrowing_store, none };
constexpr struct {
  llvm::StringLiteral beginning;
  Form form;
} forms[] = {
    {"avx.maskload.", Form::load},
    {"avx2.maskload.", Form::load},
    {"avx.maskstore.", Form::store},
    {"avx2.maskstore.", Form::store},
    {"sse2.maskmov.dqu", Form::store_of_bytes},
    {"sse3.ldu.dq", Form::whole_load},
    {"avx.ldu.dq.256", Form::whole_load},
    {"avx2.gather.", Form::gather},
    {"avx512.gather", Form::gather},
    {"avx512.mask.gather", Form::gather},
    {"avx512.scatter", Form::scatter},
    {"avx512.mask.scatter", Form::scatter},
    {"avx512.mask.pmov", Form::narrowing_store},
};

Form form_of(llvm::StringRef name) {
  if (!name.consume_front("llvm.x86.")) { return Form::none; }
  const auto* found = llvm::find_if(forms, [&](const auto& each) { return name.starts_with(each.beginning); });
  return found == std::end(forms) ? Form::none : found->form;
}

// "llvm.x86.avx512.mask.pmovs.qb.mem.256": quadwords become bytes, in memory.
std::uint64_t narrowed_bytes(llvm::StringRef name) {
  const std::size_t place = name.find(".mem.");
  if (place == llvm::StringRef::npos) { return 0; }
  switch (name[place - 1]) {
    case 'b': return 1;
    case 'w': return 2;
    case 'd': return 4;
    default: return 0;
  }
}

bool set_x86(MaskedAccess& access, llvm::IntrinsicInst& call) {
  const llvm::StringRef name = llvm::Intrinsic::getBaseName(call.getIntrinsicID());
  const Form form = form_of(name);
  const auto argument = [&](unsigned i) { return call.getArgOperand(i); };
  const auto indexed = [&](unsigned where, unsigned index, unsigned mask) {
    access.shape = Shape::scattered;
    access.where = argument(where);
    access.index = argument(index);
    access.mask = argument(mask);
    access.scale = llvm::cast<llvm::ConstantInt>(argument(4))->getZExtValue();
  };
  bool fits = false;
  switch (form) {
    case Form::none: return false;
    case Form::load:
      access.where = argument(0);
      access.mask = argument(1);
      fits = set_lanes(access, call.getType());
      break;
    case Form::store:
      access.write = true;
      access.where = argument(0);
      access.mask = argument(1);
      fits = set_lanes(access, argument(2)->getType());
      break;
    case Form::store_of_bytes:
      access.write = true;
      access.where = argument(2);
      access.mask = argument(1);
      fits = set_lanes(access, argument(0)->getType());
      break;
    case Form::whole_load:
      access.where = argument(0);
      fits = set_lanes(access, call.getType());
      break;
    case Form::gather:
      indexed(1, 2, 3);
      fits = set_lanes(access, call.getType());
      break;
    case Form::scatter:
      access.write = true;
      indexed(0, 2, 1);
      fits = set_lanes(access, argument(3)->getType());
      break;
    case Form::narrowing_store:
      access.write = true;
      access.where = argument(0);
      access.mask = argument(2);
      fits = set_lanes(access, argument(1)->getType());
      access.lane_bytes = narrowed_bytes(name);
      break;
  }
  if (!fits || access.lane_bytes == 0) { return false; }
  if (access.index != nullptr) { limit_lanes(access, access.index); }
  if (access.mask != nullptr) { limit_lanes(access, access.mask); }
  return true;
}

// One that lost its mask: it is read whole, but to the program only what is selected behind it.
bool set_unmasked(MaskedAccess& access, llvm::LoadInst& load) {
  access.where = load.getPointerOperand();
  access.mask = lost_mask(load);
  return access.mask != nullptr && set_lanes(access, load.getType());
}

// What all addresses count from, where that is one pointer.
const llvm::Value* base_of(const MaskedAccess& access) {
  const auto* counted = llvm::dyn_cast<llvm::GEPOperator>(access.where);
  if (!access.where->getType()->isVectorTy() || counted == nullptr) { return access.where; }
  return counted->getPointerOperand();
}

}  // namespace

std::optional<MaskedAccess> masked_access(llvm::Instruction& instruction) {
  MaskedAccess access{&instruction, Shape::in_place, false, 0, 0, nullptr};
  if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction)) {
    if (!set_generic(access, *call) && !set_x86(access, *call)) { return std::nullopt; }
  } else if (auto* load = llvm::dyn_cast<llvm::LoadInst>(&instruction)) {
    if (!set_unmasked(access, *load)) { return std::nullopt; }
  } else {
    return std::nullopt;
  }
  const auto* address = llvm::cast<llvm::PointerType>(access.where->getType()->getScalarType());
  if (address->getAddressSpace() != 0) { return std::nullopt; }
  if (!is_for_others(instruction, *base_of(access), access.write)) { return std::nullopt; }
  return access;
}

}  // namespace tenter::pass
