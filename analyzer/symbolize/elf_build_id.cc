#include "symbolize/elf_build_id.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "symbolize/elf_file.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t max_note_bytes = 64 * 1024;
constexpr unsigned max_program_headers = 1024;

std::string hex(const unsigned char* bytes, std::size_t count) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 15];
  }
  return text;
}

std::string build_id_in_notes(const std::vector<unsigned char>& notes) {
  std::size_t at = 0;
  const auto padded = [](std::size_t size) { return (size + 3) & ~std::size_t{3}; };
  while (notes.size() - at >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    std::memcpy(&note, notes.data() + at, sizeof note);
    at += sizeof note;
    const std::size_t name = padded(note.n_namesz);
    if (name > notes.size() - at) break;
    const std::size_t description = padded(note.n_descsz);
    if (description > notes.size() - at - name) break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(notes.data() + at, "GNU", 4) == 0)
      return hex(notes.data() + at + name, note.n_descsz);
    at += name + description;
  }
  return {};
}

}  // namespace

std::optional<std::string> build_id_of_file(const std::string& path) {
  const ElfFile file(path);
  const std::optional<Elf64_Ehdr> header = file.header();
  if (!header || header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum > max_program_headers)
    return std::nullopt;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    Elf64_Phdr segment;
    const std::uint64_t place = std::uint64_t{i} * sizeof segment;
    if (header->e_phoff > UINT64_MAX - place || !file.read(header->e_phoff + place, &segment, sizeof segment))
      return std::nullopt;
    if (segment.p_type != PT_NOTE || segment.p_filesz > max_note_bytes) continue;
    std::vector<unsigned char> notes(segment.p_filesz);
    if (!file.read(segment.p_offset, notes.data(), notes.size())) continue;
    if (std::string id = build_id_in_notes(notes); !id.empty()) return id;
  }
  return std::string();
}

}  // namespace tenter::analysis
