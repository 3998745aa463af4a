#include "symbolize/elf_build_id.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

namespace tenter::analysis {
namespace {

constexpr std::size_t max_note_bytes = 64 * 1024;
constexpr unsigned max_program_headers = 1024;

class File {
 public:
  // O_NONBLOCK: a recording may name a FIFO, which must not keep us waiting.
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
    struct stat status{};
    if (fd_ >= 0 && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode))
      size_ = static_cast<std::uint64_t>(status.st_size);
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool read(std::uint64_t offset, void* to, std::size_t count) const {
    if (offset > size_ || count > size_ - offset) return false;
    auto* out = static_cast<char*>(to);
    while (count > 0) {
      const ssize_t got = ::pread(fd_, out, count, static_cast<off_t>(offset));
      if (got <= 0) return false;
      out += got;
      offset += static_cast<std::uint64_t>(got);
      count -= static_cast<std::size_t>(got);
    }
    return true;
  }

 private:
  int fd_;
  std::uint64_t size_ = 0;
};

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
  const File file(path);
  Elf64_Ehdr header;
  if (!file.read(0, &header, sizeof header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > max_program_headers)
    return std::nullopt;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    const std::uint64_t place = std::uint64_t{i} * sizeof segment;
    if (header.e_phoff > UINT64_MAX - place || !file.read(header.e_phoff + place, &segment, sizeof segment))
      return std::nullopt;
    if (segment.p_type != PT_NOTE || segment.p_filesz > max_note_bytes) continue;
    std::vector<unsigned char> notes(segment.p_filesz);
    if (!file.read(segment.p_offset, notes.data(), notes.size())) continue;
    if (std::string id = build_id_in_notes(notes); !id.empty()) return id;
  }
  return std::string();
}

}  // namespace tenter::analysis
