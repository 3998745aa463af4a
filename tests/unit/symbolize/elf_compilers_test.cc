#include "symbolize/elf_compilers.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "scratch_folder.h"

namespace tenter::analysis {
namespace {

// An ELF file of two sections: the names, and .comment with what is given.
std::string signed_elf(const std::string& comment) {
  const std::string names("\0.comment\0", 10);
  Elf64_Shdr sections[2]{};
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_shoff = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 2;
  sections[0].sh_type = SHT_STRTAB;
  sections[0].sh_offset = sizeof header + sizeof sections;
  sections[0].sh_size = names.size();
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_name = 1;
  sections[1].sh_offset = sections[0].sh_offset + names.size();
  sections[1].sh_size = comment.size();
  std::string bytes(sizeof header + sizeof sections, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &sections, sizeof sections);
  return bytes + names + comment;
}

TEST(Compilers, are_the_strings_of_the_comment_section) {
  const ScratchFolder folder;
  const std::string two("GCC: (Debian) 12\0clang 19\0", 26);
  EXPECT_EQ(compilers_of_file(folder.write("two", signed_elf(two))),
            (std::vector<std::string>{"GCC: (Debian) 12", "clang 19"}));
  EXPECT_TRUE(compilers_of_file(folder.write("none", signed_elf(""))).empty());
}

TEST(Compilers, of_what_is_no_program_are_none) {
  const ScratchFolder folder;
  EXPECT_TRUE(compilers_of_file(folder.path()).empty());
  EXPECT_TRUE(compilers_of_file(folder.path() + "/missing").empty());
  EXPECT_TRUE(compilers_of_file(folder.write("text", std::string(1000, 'x'))).empty());
}

TEST(Compilers, survive_every_cut_and_every_changed_byte) {
  const ScratchFolder folder;
  const std::string whole = signed_elf("clang 19");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_TRUE(compilers_of_file(folder.write("cut", whole.substr(0, size))).empty()) << size;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string changed = whole;
      changed[i] = byte;
      EXPECT_LE(compilers_of_file(folder.write("changed", changed)).size(), 8u);
    }
  }
}

TEST(Reads, are_all_reported_by_gcc_and_by_who_left_no_name) {
  EXPECT_TRUE(reports_all_reads({"GCC: (Debian 12.2.0-14) 12.2.0"}));
  EXPECT_TRUE(reports_all_reads({"GCC: (Debian 12.2.0-14) 12.2.0", "Linker: LLD 19.1.7"}));
  EXPECT_FALSE(reports_all_reads({"GCC: (Debian 12.2.0-14) 12.2.0", "Debian clang version 19.1.7"}));
  EXPECT_FALSE(reports_all_reads({"rustc version 1.80.0"}));
  EXPECT_FALSE(reports_all_reads({}));
}

}  // namespace
}  // namespace tenter::analysis
