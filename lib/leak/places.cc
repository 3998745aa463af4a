#include "leak/places.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "task/symbol.h"

namespace tenter::detail {
namespace {

struct Module {
  std::uintptr_t address;
  std::uintptr_t bias = 0;
  std::string path;
  bool found = false;
};

int look_at_module(dl_phdr_info* info, std::size_t, void* argument) {
  Module& module = *static_cast<Module*>(argument);
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || module.address - info->dlpi_addr - segment.p_vaddr >= segment.p_memsz) {
      continue;
    }
    module.bias = info->dlpi_addr;
    module.path = info->dlpi_name;
    module.found = true;
    return 1;
  }
  return 0;
}

std::string path_of_program() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : std::string();
}

// A file in memory, as long as this lives. Empty where it cannot be read.
class File {
 public:
  explicit File(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status{};
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
      void* const begin = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
      if (begin != MAP_FAILED) {
        begin_ = static_cast<const char*>(begin);
        size_ = static_cast<std::size_t>(status.st_size);
      }
    }
    if (file >= 0) { close(file); }
  }
  ~File() {
    if (begin_ != nullptr) { munmap(const_cast<char*>(begin_), size_); }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // `count` objects at `offset`, or null if the file has no such place. The file is somebody else's: it is not trusted.
  template <class T>
  const T* at(std::uint64_t offset, std::uint64_t count = 1) const {
    if (offset > size_ || count > (size_ - offset) / sizeof(T) || offset % alignof(T) != 0) { return nullptr; }
    return static_cast<const T*>(static_cast<const void*>(begin_ + offset));
  }

 private:
  const char* begin_ = nullptr;
  std::size_t size_ = 0;
};

std::string function_in(const char* path, std::uint64_t address) {
  const File file(path);
  const auto* const header = file.at<ElfW(Ehdr)>(0);
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_shentsize != sizeof(ElfW(Shdr))) {
    return {};
  }
  const auto* const sections = file.at<ElfW(Shdr)>(header->e_shoff, header->e_shnum);
  if (sections == nullptr) { return {}; }
  for (const ElfW(Word) wanted : {ElfW(Word){SHT_SYMTAB}, ElfW(Word){SHT_DYNSYM}}) {
    for (unsigned i = 0; i < header->e_shnum; ++i) {
      const ElfW(Shdr)& section = sections[i];
      if (section.sh_type != wanted || section.sh_link >= header->e_shnum) { continue; }
      const std::uint64_t count = section.sh_size / sizeof(ElfW(Sym));
      const auto* const symbols = file.at<ElfW(Sym)>(section.sh_offset, count);
      const ElfW(Shdr)& names = sections[section.sh_link];
      const char* const text = file.at<char>(names.sh_offset, names.sh_size);
      if (symbols == nullptr || text == nullptr || names.sh_size == 0 || text[names.sh_size - 1] != 0) { continue; }
      for (std::uint64_t s = 0; s < count; ++s) {
        const ElfW(Sym)& symbol = symbols[s];
        if ((symbol.st_info & 0xf) == STT_FUNC && address - symbol.st_value < symbol.st_size &&
            symbol.st_name < names.sh_size) {
          return text + symbol.st_name;
        }
      }
    }
  }
  return {};
}

// "Server::run(int) const::{lambda()#1}::operator()() const" -> "Server::run(int) const::{lambda()#1}::operator()":
// only the last pair of brackets holds the function's own arguments.
std::string without_arguments(const std::string& function) {
  const std::size_t end = function.rfind(')');
  if (end == std::string::npos) { return function; }
  int depth = 0;
  for (std::size_t i = end + 1; i > 0; --i) {
    if (function[i - 1] == ')') { ++depth; }
    if (function[i - 1] == '(' && --depth == 0) { return function.substr(0, i - 1); }
  }
  return function;
}

}  // namespace

Place place_of(const void* return_address) {
  Module module{reinterpret_cast<std::uintptr_t>(return_address) - 1, 0, {}, false};
  if (return_address == nullptr) { return {}; }
  dl_iterate_phdr(&look_at_module, &module);
  if (!module.found) { return {}; }
  if (module.path.empty()) { module.path = path_of_program(); }
  const std::uintptr_t offset = module.address - module.bias;
  Place place;
  const std::size_t slash = module.path.rfind('/');
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "+0x%lx", static_cast<unsigned long>(offset + 1));
  place.text = module.path.substr(slash == std::string::npos ? 0 : slash + 1) + buffer;
  const std::string symbol = function_in(module.path.c_str(), offset);
  if (!symbol.empty()) {
    place.function = without_arguments(demangle(symbol.c_str()));
    place.text += " (" + place.function + ")";
  }
  return place;
}

}  // namespace tenter::detail
