#include "report/source_lines.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace tenter::analysis {
namespace {

class SourceLinesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path().string() + "/tenter-test-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    top_ = std::filesystem::canonical(pattern).string();
    std::filesystem::create_directories(top_ + "/inside");
    write("inside/bank.cc", "one\ntwo\n\nfour");
    write("secret", "do not show\n");
  }
  void TearDown() override { std::filesystem::remove_all(top_); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(top_ + '/' + name) << text; }
  std::string top_;
};

TEST_F(SourceLinesTest, reads_a_line_below_the_root) {
  SourceLines lines({top_ + "/inside"});
  EXPECT_EQ(lines.line(top_ + "/inside/bank.cc", 2), "two");
  EXPECT_EQ(lines.line(top_ + "/inside/bank.cc", 3), "");
  EXPECT_EQ(lines.line(top_ + "/inside/bank.cc", 4), "four");
  EXPECT_FALSE(lines.line(top_ + "/inside/bank.cc", 0));
  EXPECT_FALSE(lines.line(top_ + "/inside/bank.cc", 5));
  EXPECT_FALSE(lines.line(top_ + "/inside/missing.cc", 1));
}

TEST_F(SourceLinesTest, shows_nothing_from_elsewhere) {
  SourceLines lines({top_ + "/inside", top_ + "/missing"});
  EXPECT_FALSE(lines.line(top_ + "/secret", 1));
  EXPECT_FALSE(lines.line(top_ + "/inside/../secret", 1));
  EXPECT_FALSE(lines.line("/etc/passwd", 1));
  EXPECT_FALSE(lines.line(std::string("/etc/passwd\0.cc", 15), 1));
  std::filesystem::create_symlink(top_ + "/secret", top_ + "/inside/link.cc");
  EXPECT_FALSE(lines.line(top_ + "/inside/link.cc", 1));
  std::filesystem::create_directories(top_ + "/inside2");
  write("inside2/bank.cc", "a neighbour with a longer name\n");
  EXPECT_FALSE(lines.line(top_ + "/inside2/bank.cc", 1));
}

TEST_F(SourceLinesTest, is_not_held_up_by_what_is_no_file) {
  SourceLines lines({top_});
  ASSERT_EQ(::mkfifo((top_ + "/fifo.cc").c_str(), 0600), 0);
  EXPECT_FALSE(lines.line(top_ + "/fifo.cc", 1));
  EXPECT_FALSE(lines.line(top_ + "/inside", 1));
  write("long.cc", std::string(100000, 'x') + "\nshort\n");
  EXPECT_EQ(lines.line(top_ + "/long.cc", 1)->size(), 200u);
  EXPECT_EQ(lines.line(top_ + "/long.cc", 2), "short");
}

TEST(MovedPath, replaces_whole_folders) {
  const std::vector<SourceRoot> roots = {{"/build/bank", "/home/ann/bank"}, {"/build", ""}};
  EXPECT_EQ(moved_path("/build/bank/a.cc", roots), "/home/ann/bank/a.cc");
  EXPECT_EQ(moved_path("/build/banker/a.cc", roots), "banker/a.cc");
  EXPECT_EQ(moved_path("/builder/a.cc", roots), "/builder/a.cc");
  EXPECT_EQ(moved_path("/usr/include/x.h", roots), "/usr/include/x.h");
}

}  // namespace
}  // namespace tenter::analysis
