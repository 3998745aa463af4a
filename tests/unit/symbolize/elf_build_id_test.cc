#include "symbolize/elf_build_id.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include <elf.h>

#include "scratch_folder.h"

namespace tenter::analysis {
namespace {

// An ELF file of one segment of notes, with a build-id of the bytes 01 02 03 04.
std::string small_elf() {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr segment{};
  segment.p_type = PT_NOTE;
  segment.p_offset = sizeof header + sizeof segment;
  Elf64_Nhdr note{4, 4, NT_GNU_BUILD_ID};
  segment.p_filesz = sizeof note + 8;
  std::string bytes(sizeof header + sizeof segment + sizeof note, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
  std::memcpy(bytes.data() + sizeof header + sizeof segment, &note, sizeof note);
  return bytes.append("GNU\0\1\2\3\4", 8);
}

TEST(BuildId, is_read_from_the_notes) {
  const ScratchFolder folder;
  EXPECT_EQ(build_id_of_file(folder.write("small", small_elf())), "01020304");
}

TEST(BuildId, of_this_very_program_is_known) {
  const std::optional<std::string> id = build_id_of_file("/proc/self/exe");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(BuildId, of_what_is_no_program_is_nothing) {
  const ScratchFolder folder;
  EXPECT_FALSE(build_id_of_file(folder.path()));
  EXPECT_FALSE(build_id_of_file(folder.path() + "/missing"));
  EXPECT_FALSE(build_id_of_file(folder.write("empty", "")));
  EXPECT_FALSE(build_id_of_file(folder.write("text", std::string(1000, 'x'))));
  EXPECT_FALSE(build_id_of_file("/dev/zero"));
  const std::string fifo = folder.path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_FALSE(build_id_of_file(fifo));
}

TEST(BuildId, survives_every_cut_and_every_changed_byte) {
  const ScratchFolder folder;
  const std::string whole = small_elf();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::optional<std::string> id = build_id_of_file(folder.write("cut", whole.substr(0, size)));
    EXPECT_TRUE(!id || id->empty()) << size;
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string changed = whole;
      changed[i] = byte;
      const std::optional<std::string> id = build_id_of_file(folder.write("changed", changed));
      EXPECT_LE(id.value_or(std::string()).size(), 128 * 1024u);
    }
  }
}

}  // namespace
}  // namespace tenter::analysis
