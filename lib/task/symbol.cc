// dladdr() knows only what is exported, which of a program is next to nothing. The rest is in the symbol table of its
// file (ELF-64, gABI chapter 4), unless that was stripped. Nothing is kept from one question to the next, so that any number
// of threads may ask, and up to write_place() nothing allocates, for it is called by a signal handler, perhaps out of malloc().
#include "task/symbol.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tenter::detail {
namespace {

// A file in memory, as long as this lives. Empty where it cannot be read.
class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) { return; }
    struct stat status{};
    if (fstat(file, &status) == 0 && status.st_size > 0) {
      const auto size = static_cast<std::size_t>(status.st_size);
      void* const begin = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
      if (begin != MAP_FAILED) {
        begin_ = static_cast<char*>(begin);
        size_ = size;
      }
    }
    close(file);
  }
  ~MappedFile() {
    if (begin_ != nullptr) { munmap(begin_, size_); }
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  // `count` objects at `offset`, or null if the file has no such place. The file is somebody else's: it is not trusted.
  template <class T>
  const T* at(std::uint64_t offset, std::uint64_t count = 1) const {
    if (offset > size_ || count > (size_ - offset) / sizeof(T) || offset % alignof(T) != 0) { return nullptr; }
    return static_cast<const T*>(static_cast<const void*>(begin_ + offset));
  }

 private:
  char* begin_ = nullptr;
  std::size_t size_ = 0;
};

// Calls use(const char*) with the symbol of that type at `offset`; false: there is none.
template <class Use>
bool look_up(const FilePlace& place, unsigned type, Use use) {
  const MappedFile file(place.path);
  const auto* const header = file.at<ElfW(Ehdr)>(0);
  if (header == nullptr || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_shentsize != sizeof(ElfW(Shdr))) {
    return false;
  }
  const auto* const sections = file.at<ElfW(Shdr)>(header->e_shoff, header->e_shnum);
  if (sections == nullptr) { return false; }
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
        if (ELF64_ST_TYPE(symbol.st_info) == type && place.offset - symbol.st_value < symbol.st_size &&
            symbol.st_name < names.sh_size) {
          use(text + symbol.st_name);
          return true;
        }
      }
    }
  }
  return false;
}

std::string symbol_at(const FilePlace& place, unsigned type) {
  std::string symbol;
  look_up(place, type, [&symbol](const char* name) { symbol = name; });
  return symbol;
}

const void* inside_call(const void* return_address) { return static_cast<const char*>(return_address) - 1; }

}  // namespace

bool find_in_files(const void* address, FilePlace& place) {
  Dl_info info{};
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr || info.dli_fbase == nullptr) {
    return false;
  }
  const auto* const header = static_cast<const ElfW(Ehdr)*>(info.dli_fbase);
  const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  const bool is_program = getauxval(AT_PHDR) == base + header->e_phoff;
  const char* const slash = std::strrchr(info.dli_fname, '/');
  place.path = is_program ? "/proc/self/exe" : info.dli_fname;
  place.name = slash != nullptr ? slash + 1 : info.dli_fname;
  const bool is_linked_to_its_address = header->e_type == ET_EXEC;
  place.offset = reinterpret_cast<std::uintptr_t>(address) - (is_linked_to_its_address ? 0 : base);
  return true;
}

void write_place(char* text, std::size_t size, const void* return_address) {
  text[0] = 0;
  FilePlace place{};
  if (return_address == nullptr || !find_in_files(inside_call(return_address), place)) { return; }
  const auto write = [&](const char* before, const char* function, const char* after) {
    std::snprintf(text, size, "%s+0x%llx%s%s%s", place.name, static_cast<unsigned long long>(place.offset), before,
                  function, after);
  };
  if (!look_up(place, STT_FUNC, [&](const char* function) { write(" (", function, ")"); })) { write("", "", ""); }
}

std::string function_at(const FilePlace& place) { return symbol_at(place, STT_FUNC); }

std::string demangle_type(const char* name) {
  int status = 0;
  char* const readable = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string result = status == 0 ? readable : name;
  std::free(readable);
  return result;
}

std::string demangle(const char* symbol) {
  const bool is_mangled = symbol[0] == '_' && symbol[1] == 'Z';
  return is_mangled ? demangle_type(symbol) : symbol;  // a type, too, may be called "i"
}

std::string name_of_variable(const void* address) {
  FilePlace place{};
  if (!find_in_files(address, place)) { return {}; }
  return demangle(symbol_at(place, STT_OBJECT).c_str());
}

}  // namespace tenter::detail
