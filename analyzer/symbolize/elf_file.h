// ElfFile reads the headers of a 64-bit ELF file that is not trusted: every offset is checked against the file's size.
#pragma once
#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tenter::analysis {

class ElfFile {
 public:
  explicit ElfFile(const std::string& path);
  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  // False: the file ends before.
  bool read(std::uint64_t offset, void* to, std::size_t count) const;
  // Nothing where this is no readable regular ELF file of 64 bits, little-endian.
  std::optional<Elf64_Ehdr> header() const;

 private:
  int fd_;
  std::uint64_t size_ = 0;
};

}  // namespace tenter::analysis
