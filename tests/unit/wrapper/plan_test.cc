#include "wrapper/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace tenter::wrapper {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class PlanTest : public testing::Test {
 protected:
  PlanTest() {
    std::filesystem::create_directories(prefix_ / "lib" / "tenterhook");
    std::ofstream(recorder()) << "stands for the recorder\n";
    std::ofstream(near_callbacks()) << "stands for the part that is linked into the program\n";
  }
  ~PlanTest() override { std::filesystem::remove_all(prefix_); }

  Plan plan(Arguments arguments, Family family = Family::clang, Mode mode = Mode::record) const {
    return make_plan({.arguments = std::move(arguments), .compiler = {"compiler"}, .family = family, .mode = mode},
                     installation_at(prefix_));
  }
  std::string recorder() const { return (prefix_ / "lib" / "libtenter_record.so").string(); }
  std::string near_callbacks() const { return (prefix_ / "lib" / "tenterhook" / "near_callbacks.o").string(); }

  std::filesystem::path prefix_ =
      std::filesystem::path(testing::TempDir()) /
      ("tenter_plan_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(PlanTest, TheUsersArgumentsComeLastAndUnchanged) {
  const Arguments command = plan({"-O2", "x.cc", "-o", "x"}).command;
  EXPECT_EQ(command.front(), "compiler");
  EXPECT_EQ(Arguments(command.end() - 4, command.end()), (Arguments{"-O2", "x.cc", "-o", "x"}));
}

TEST_F(PlanTest, ClangLinksOurRecorderInsteadOfItsRuntime) {
  const Arguments command = plan({"x.cc"}).command;
  EXPECT_THAT(command, Contains("-fsanitize=thread"));
  EXPECT_THAT(command, Contains("-fno-sanitize-link-runtime"));
  EXPECT_THAT(command, Contains(recorder()));
}

TEST_F(PlanTest, ClangLoadsThePluginWhereThereIsOneAndItIsWanted) {
  const std::string pass = (prefix_ / "lib/tenterhook/tenter_pass.so").string();
  const auto command = [&](Family family, Mode mode, bool wanted) {
    return make_plan(
               {.arguments = {"-c", "x.cc"}, .compiler = {"compiler"}, .family = family, .mode = mode, .pass = wanted},
               installation_at(prefix_))
        .command;
  };
  EXPECT_THAT(command(Family::clang, Mode::record, true), Not(Contains("-fpass-plugin=" + pass)));
  std::ofstream(pass) << "stands for the plug-in\n";
  EXPECT_THAT(command(Family::clang, Mode::record, true), Contains("-fpass-plugin=" + pass));
  EXPECT_THAT(command(Family::clang, Mode::record, false), Not(Contains("-fpass-plugin=" + pass)));
  EXPECT_THAT(command(Family::clang, Mode::tsan, true), Not(Contains("-fpass-plugin=" + pass)));
  EXPECT_THAT(command(Family::gcc, Mode::record, true), Not(Contains("-fpass-plugin=" + pass)));
}

TEST_F(PlanTest, OnlyAClangOfThePluginsVersionWithItsLibraryLoadsIt) {
  const std::filesystem::path llvm = prefix_ / "llvm-19";
  std::filesystem::create_directories(llvm / "lib");
  EXPECT_FALSE(loads_pass(llvm / "bin/clang"));
  std::ofstream(llvm / "lib/libLLVM.so.19.1") << "stands for LLVM\n";
  EXPECT_TRUE(loads_pass(llvm / "bin/clang"));
  EXPECT_TRUE(loads_pass(llvm / "bin/clang-19"));
  EXPECT_FALSE(loads_pass(llvm / "bin/ccache"));
  std::filesystem::rename(llvm, prefix_ / "llvm-14");
  EXPECT_FALSE(loads_pass(prefix_ / "llvm-14/bin/clang"));
}

TEST_F(PlanTest, GccFindsAnEmptyRuntimeFirst) {
  const Arguments command = plan({"x.cc"}, Family::gcc).command;
  EXPECT_THAT(command, Contains("-B" + (prefix_ / "lib/tenterhook/gcc").string()));
  EXPECT_THAT(command, Contains("-Wno-tsan"));
  EXPECT_THAT(command, Contains(recorder()));
}

TEST_F(PlanTest, CompilingAloneNamesNoLibrary) {
  const Arguments command = plan({"-c", "x.cc"}).command;
  EXPECT_THAT(command, Contains("-fsanitize=thread"));
  EXPECT_THAT(command, Not(Contains(recorder())));
  EXPECT_THAT(command, Not(Contains(near_callbacks())));
}

TEST_F(PlanTest, LinkingAloneNeedsNoInstrumentation) {
  const Arguments command = plan({"x.o", "-o", "x"}).command;
  EXPECT_THAT(command, Not(Contains("-fsanitize=thread")));
  EXPECT_THAT(command, Contains(recorder()));
  EXPECT_THAT(command, Contains(near_callbacks()));
}

TEST_F(PlanTest, AQuestionToTheCompilerIsPassedOnAsItIs) {
  EXPECT_THAT(plan({"--version"}).command, ElementsAre("compiler", "--version"));
  EXPECT_THAT(plan({"-v"}, Family::gcc).command, ElementsAre("compiler", "-v"));
}

TEST_F(PlanTest, OffInstrumentsNothing) {
  const Arguments command = plan({"x.cc", "-ltenter"}, Family::clang, Mode::off).command;
  EXPECT_THAT(command, Not(Contains("-fsanitize=thread")));
  EXPECT_THAT(command, Not(Contains(recorder())));
  EXPECT_THAT(command, Contains("-L" + (prefix_ / "lib").string()));
}

TEST_F(PlanTest, TsanKeepsTheGenuineRuntime) {
  const Arguments command = plan({"x.cc"}, Family::clang, Mode::tsan).command;
  EXPECT_THAT(command, Contains("-fsanitize=thread"));
  EXPECT_THAT(command, Not(Contains("-fno-sanitize-link-runtime")));
  EXPECT_THAT(command, Not(Contains(recorder())));
  EXPECT_THAT(command, Contains((prefix_ / "lib/libtenter_tsan.so").string()));
  EXPECT_THAT(command, Contains((prefix_ / "lib/tenterhook/on_report.o").string()));
  EXPECT_THAT(plan({"-c", "x.cc"}, Family::clang, Mode::tsan).command,
              Not(Contains((prefix_ / "lib/libtenter_tsan.so").string())));
  EXPECT_THAT(plan({"x.cc", "-static"}, Family::clang, Mode::tsan).refusal, HasSubstr("-static"));
}

TEST_F(PlanTest, RefusesWhatCannotBeRecorded) {
  EXPECT_THAT(plan({"x.cc", "-static", "-nostdlib"}).refusal, HasSubstr("-nostdlib"));
  EXPECT_THAT(plan({"x.cc", "-fsanitize=address"}).refusal, HasSubstr("-fsanitize=address"));
  EXPECT_THAT(plan({"x.cc", "-fsanitize=undefined"}).refusal, HasSubstr("-fsanitize-trap"));
  EXPECT_EQ(plan({"x.cc", "-fsanitize=undefined"}, Family::gcc).refusal, "");
  EXPECT_EQ(plan({"x.cc", "-fsanitize=thread"}).refusal, "");
  EXPECT_EQ(plan({"-c", "x.cc", "-static"}).refusal, "");
  EXPECT_EQ(plan({"x.cc", "-static"}, Family::clang, Mode::off).refusal, "");
}

TEST_F(PlanTest, AStaticProgramHasTheRecorderWithinAndItsOwnLibc) {
  EXPECT_THAT(plan({"x.cc", "-static"}).refusal, HasSubstr("no libc.a"));
  EXPECT_EQ(plan({"x.cc", "-static"}).refusal_status, 3);
  const std::filesystem::path dir = prefix_ / "lib/tenterhook/static";
  std::filesystem::create_directories(dir);
  std::ofstream(dir / "recorder.o") << "stands for the recorder\n";
  for (const Family family : {Family::clang, Family::gcc}) {
    const Plan made = plan({"x.cc", "-static", "-latomic"}, family);
    EXPECT_EQ(made.refusal, "");
    EXPECT_THAT(made.command, Contains((dir / "recorder.o").string()));
    EXPECT_THAT(made.command, Contains("-L" + dir.string()));
    EXPECT_THAT(made.command, Contains("-Wl,@" + (dir / "atomic.options").string()));
    EXPECT_THAT(made.command, Not(Contains(recorder())));
    EXPECT_THAT(made.command, Not(Contains(near_callbacks())));
    EXPECT_EQ(made.command.back(), "-Wl," + (prefix_ / "lib/tenterhook/end_of_program.o").string());
  }
  // gcc's driver does not link a static program with -fsanitize=thread.
  EXPECT_THAT(plan({"x.cc", "-static"}, Family::gcc).command, Not(Contains("-fsanitize=thread")));
  EXPECT_THAT(plan({"-c", "x.cc", "-static"}, Family::gcc).command, Contains("-fsanitize=thread"));
}

TEST_F(PlanTest, SaysThatTheRecorderIsMissing) {
  std::filesystem::remove(near_callbacks());
  const Plan incomplete = plan({"x.cc"});
  EXPECT_THAT(incomplete.refusal, HasSubstr("near_callbacks.o is missing"));
  EXPECT_EQ(incomplete.refusal_status, 3);
  std::filesystem::remove(recorder());
  const Plan missing = plan({"x.cc"});
  EXPECT_THAT(missing.refusal, HasSubstr("libtenter_record.so is missing"));
  EXPECT_EQ(missing.refusal_status, 3);
  EXPECT_EQ(plan({"-c", "x.cc"}).refusal, "");
}

TEST(Installation, FindsHeadersOfABuildTreeInTheSources) {
  const std::filesystem::path prefix = std::filesystem::path(testing::TempDir()) / "tenter_installation";
  EXPECT_THAT(installation_at(prefix).include_dirs, ElementsAre(prefix / "include"));
  std::filesystem::create_directories(prefix / "share/tenterhook");
  std::ofstream(prefix / "share/tenterhook/include-dirs") << "one\ntwo\n";
  EXPECT_THAT(installation_at(prefix).include_dirs, ElementsAre("one", "two"));
  std::filesystem::remove_all(prefix);
  EXPECT_TRUE(installation_at("/usr").include_dirs.empty());
}

TEST(Names, TellTheCompilersApart) {
  EXPECT_EQ(family_named("clang++-19"), Family::clang);
  EXPECT_EQ(family_named("x86_64-linux-gnu-g++-12"), Family::gcc);
  EXPECT_EQ(family_named("c++"), std::nullopt);
  EXPECT_EQ(package_of("clang++-19"), "clang-19");
  EXPECT_EQ(package_of("g++-12"), "g++-12");
  EXPECT_EQ(package_of("gcc"), "gcc");
  EXPECT_EQ(package_of("icpx"), "");
  EXPECT_EQ(mode_named("tsan"), Mode::tsan);
  EXPECT_EQ(mode_named("Record"), std::nullopt);
}

}  // namespace
}  // namespace tenter::wrapper
