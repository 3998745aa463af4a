// dladdr() knows only what is exported, which of a program is next to nothing. The rest is in the symbol table of its
// file (ELF-64, gABI chapter 4), unless that was stripped. What is read from there stays mapped: the program is about to
// end. Nothing up to write_place() allocates, for it is called by a signal handler, perhaps out of malloc().
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

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

namespace tenter::detail {
namespace {

// One loaded file: the program, or a shared library.
struct Image {
  const void* base = nullptr;  // null: this place is free
  bool is_fixed = false;       // linked to its address
  std::span<const ElfW(Sym)> symbols;
  const char* names = nullptr;
  std::size_t names_size = 0;
};

std::span<const char> map_file(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) { return {}; }
  struct stat status{};
  void* mapped = MAP_FAILED;
  if (fstat(file, &status) == 0 && status.st_size > 0) {
    mapped = mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
  }
  close(file);
  if (mapped == MAP_FAILED) { return {}; }
  return {static_cast<const char*>(mapped), static_cast<std::size_t>(status.st_size)};
}

void read_symbols(std::span<const char> file, Image& image) {
  const auto within = [size = file.size()](std::uint64_t offset, std::uint64_t length) {
    return offset <= size && length <= size - offset;
  };
  const auto* const header = reinterpret_cast<const ElfW(Ehdr)*>(file.data());
  if (!within(0, sizeof *header) || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      !within(header->e_shoff, std::uint64_t{header->e_shnum} * sizeof(ElfW(Shdr)))) {
    return;
  }
  const auto* const sections = reinterpret_cast<const ElfW(Shdr)*>(file.data() + header->e_shoff);
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const auto& table = sections[i];
    if (table.sh_type != SHT_SYMTAB || table.sh_link >= header->e_shnum) { continue; }
    const auto& names = sections[table.sh_link];
    if (!within(table.sh_offset, table.sh_size) || !within(names.sh_offset, names.sh_size) || names.sh_size == 0 ||
        file[names.sh_offset + names.sh_size - 1] != 0) {
      continue;
    }
    image.symbols = {reinterpret_cast<const ElfW(Sym)*>(file.data() + table.sh_offset),
                     table.sh_size / sizeof(ElfW(Sym))};
    image.names = file.data() + names.sh_offset;
    image.names_size = names.sh_size;
    return;
  }
}

// Null: the address belongs to no file that is known.
const Image* image_of(const void* address, Dl_info& info) {
  static std::array<Image, 16> images;
  if (address == nullptr || dladdr(address, &info) == 0 || info.dli_fname == nullptr || info.dli_fbase == nullptr) {
    return nullptr;
  }
  for (Image& image : images) {
    if (image.base == info.dli_fbase) { return &image; }
    if (image.base != nullptr) { continue; }
    const auto* const header = static_cast<const ElfW(Ehdr)*>(info.dli_fbase);
    const bool is_program = getauxval(AT_PHDR) == reinterpret_cast<std::uintptr_t>(info.dli_fbase) + header->e_phoff;
    image.base = info.dli_fbase;
    image.is_fixed = header->e_type == ET_EXEC;
    read_symbols(map_file(is_program ? "/proc/self/exe" : info.dli_fname), image);
    return &image;
  }
  return nullptr;
}

// As the file, and so addr2line, has it.
std::uint64_t file_address(const Image& image, const void* address) {
  return static_cast<std::uint64_t>(static_cast<const char*>(address) -
                                    (image.is_fixed ? nullptr : static_cast<const char*>(image.base)));
}

// As it is written in the file; null: there is none.
const char* symbol_at(const Image& image, std::uint64_t address, unsigned type) {
  for (const auto& symbol : image.symbols) {
    if (ELF64_ST_TYPE(symbol.st_info) == type && address - symbol.st_value < symbol.st_size &&
        symbol.st_name < image.names_size) {
      return image.names + symbol.st_name;
    }
  }
  return nullptr;
}

struct Place {
  const char* file = nullptr;  // null: not even that is known
  std::uint64_t offset = 0;
  const char* function = nullptr;  // mangled
};

Place place_of(const void* return_address) {
  if (return_address == nullptr) { return {}; }
  // A call may be the last instruction of its function.
  const void* const call = static_cast<const char*>(return_address) - 1;
  Dl_info info{};
  const Image* const image = image_of(call, info);
  if (image == nullptr) { return {}; }
  const char* const slash = std::strrchr(info.dli_fname, '/');
  const std::uint64_t offset = file_address(*image, call);
  const char* const function = symbol_at(*image, offset, STT_FUNC);
  return {slash != nullptr ? slash + 1 : info.dli_fname, offset, function != nullptr ? function : info.dli_sname};
}

}  // namespace

void write_place(char* text, std::size_t size, const void* return_address) {
  const Place place = place_of(return_address);
  text[0] = 0;
  if (place.file == nullptr) { return; }
  std::snprintf(text, size, "%s+0x%llx%s%s%s", place.file, static_cast<unsigned long long>(place.offset),
                place.function != nullptr ? " (" : "", place.function != nullptr ? place.function : "",
                place.function != nullptr ? ")" : "");
}

std::string demangle(const char* name) {
  int status = 0;
  char* const readable = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string result = status == 0 ? readable : name;
  std::free(readable);
  return result;
}

namespace {

// Long names are long because of their template arguments.
std::string shorten(const std::string& name) {
  constexpr std::size_t long_name = 100;
  constexpr std::string_view sign = "operator";
  if (name.size() <= long_name) { return name; }
  std::string text;
  int depth = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (depth == 0 && name.compare(i, sign.size(), sign) == 0) {
      text += sign;
      for (i += sign.size(); i < name.size() && (name[i] == '<' || name[i] == '=' || name[i] == '>'); ++i) {
        text += name[i];
      }
      --i;
    } else if (name[i] == '<') {
      if (depth++ == 0) { text += "<...>"; }
    } else if (name[i] == '>' && depth > 0 && name[i - 1] != '-') {
      --depth;
    } else if (depth == 0) {
      text += name[i];
    }
  }
  return text;
}

}  // namespace

std::string describe_place(const void* return_address) {
  const Place place = place_of(return_address);
  if (place.file == nullptr) { return {}; }
  char offset[32];
  std::snprintf(offset, sizeof offset, "+0x%llx", static_cast<unsigned long long>(place.offset));
  std::string text = place.file + std::string(offset);
  if (place.function != nullptr) { text += " (" + shorten(demangle(place.function)) + ")"; }
  return text;
}

std::string name_of_variable(const void* address) {
  Dl_info info{};
  const Image* const image = image_of(address, info);
  const char* const name = image != nullptr ? symbol_at(*image, file_address(*image, address), STT_OBJECT) : nullptr;
  return name != nullptr ? demangle(name) : std::string();
}

}  // namespace tenter::detail
