#include "pass/callbacks.h"

#include <llvm/IR/Attributes.h>

#include <string>

namespace tenter::pass {
namespace {

constexpr const char* mark = "tenter-callback";

llvm::AttributeList attributes_of_callback(llvm::LLVMContext& context) {
  return llvm::AttributeList()
      .addFnAttribute(context, mark)
      .addFnAttribute(context, llvm::Attribute::NoUnwind)
      .addParamAttribute(context, 0, llvm::Attribute::NoCapture);
}

}  // namespace

llvm::FunctionCallee range_callback(llvm::Module& module, bool write) {
  llvm::LLVMContext& context = module.getContext();
  llvm::AttrBuilder of_function(context);
  of_function.addAttribute(mark);
  of_function.addAttribute(llvm::Attribute::NoUnwind);
  of_function.addAttribute(llvm::Attribute::WillReturn);
  of_function.addAttribute(llvm::Attribute::NoSync);
  of_function.addAttribute(llvm::Attribute::NoFree);
  of_function.addMemoryAttr(llvm::MemoryEffects::inaccessibleMemOnly());
  llvm::AttrBuilder of_pointer(context);
  of_pointer.addAttribute(llvm::Attribute::NoCapture);
  const llvm::AttributeList attributes =
      llvm::AttributeList().addFnAttributes(context, of_function).addParamAttributes(context, 0, of_pointer);
  return module.getOrInsertFunction(write ? "__tsan_write_range" : "__tsan_read_range", attributes,
                                    llvm::Type::getVoidTy(context), llvm::PointerType::getUnqual(context),
                                    llvm::Type::getInt64Ty(context));
}

llvm::FunctionCallee access_callback(llvm::Module& module, bool write, std::uint64_t bytes, bool is_aligned) {
  llvm::LLVMContext& context = module.getContext();
  const std::string name =
      std::string("__tsan_") + (is_aligned ? "" : "unaligned_") + (write ? "write" : "read") + std::to_string(bytes);
  return module.getOrInsertFunction(name, attributes_of_callback(context), llvm::Type::getVoidTy(context),
                                    llvm::PointerType::getUnqual(context));
}

llvm::FunctionCallee bytes_callback(llvm::Module& module, bool write) {
  llvm::LLVMContext& context = module.getContext();
  return module.getOrInsertFunction(write ? "tenter_write_bytes" : "tenter_read_bytes", attributes_of_callback(context),
                                    llvm::Type::getVoidTy(context), llvm::PointerType::getUnqual(context),
                                    llvm::Type::getInt64Ty(context));
}

llvm::FunctionCallee scattered_callback(llvm::Module& module, bool write) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* const word = llvm::Type::getInt64Ty(context);
  return module.getOrInsertFunction(write ? "tenter_write_scattered" : "tenter_read_gathered",
                                    attributes_of_callback(context), llvm::Type::getVoidTy(context),
                                    llvm::PointerType::getUnqual(context), word, word);
}

bool is_callback(const llvm::CallBase& call) {
  const llvm::Function* called = call.getCalledFunction();
  return called != nullptr && called->hasFnAttribute(mark);
}

}  // namespace tenter::pass
