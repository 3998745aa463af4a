#include "symbolize/elf_compilers.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "symbolize/elf_file.h"

namespace tenter::analysis {
namespace {

constexpr std::uint64_t max_section_bytes = 64 * 1024;
constexpr unsigned max_sections = 0xff00;  // more are counted elsewhere, which no program of a compiler needs

std::optional<Elf64_Shdr> section_header(const ElfFile& file, const Elf64_Ehdr& header, unsigned number) {
  Elf64_Shdr section;
  const std::uint64_t place = std::uint64_t{number} * sizeof section;
  if (number >= header.e_shnum || header.e_shoff > UINT64_MAX - place ||
      !file.read(header.e_shoff + place, &section, sizeof section))
    return std::nullopt;
  return section;
}

// Nothing of a section that is too large or not in the file.
std::string content(const ElfFile& file, const Elf64_Shdr& section) {
  if (section.sh_type != SHT_PROGBITS && section.sh_type != SHT_STRTAB) return {};
  if (section.sh_size > max_section_bytes) return {};
  std::string bytes(section.sh_size, '\0');
  if (!file.read(section.sh_offset, bytes.data(), bytes.size())) return {};
  return bytes;
}

std::vector<std::string> strings_in(std::string_view bytes) {
  std::vector<std::string> strings;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\0'), bytes.size());
    if (end > 0) strings.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return strings;
}

}  // namespace

std::vector<std::string> compilers_of_file(const std::string& path) {
  const ElfFile file(path);
  const std::optional<Elf64_Ehdr> header = file.header();
  if (!header || header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shnum > max_sections) return {};
  const std::optional<Elf64_Shdr> names = section_header(file, *header, header->e_shstrndx);
  if (!names) return {};
  const std::string name_bytes = content(file, *names);
  constexpr std::string_view wanted(".comment\0", 9);
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const std::optional<Elf64_Shdr> section = section_header(file, *header, i);
    if (!section) return {};
    if (section->sh_name < name_bytes.size() &&
        std::string_view(name_bytes).substr(section->sh_name).starts_with(wanted))
      return strings_in(content(file, *section));
  }
  return {};
}

bool reports_all_reads(const std::vector<std::string>& compilers) {
  return !compilers.empty() && std::ranges::all_of(compilers, [](std::string_view name) {
    return name.starts_with("GCC: ") || name.starts_with("Linker: ") || name.starts_with("mold ");
  });
}

}  // namespace tenter::analysis
