#include "finding/function_name.h"

#include <gtest/gtest.h>

namespace tenter::analysis {
namespace {

TEST(FoldFunction, drops_what_changes_without_meaning) {
  EXPECT_EQ(fold_function("Bank::deposit(long)"), "Bank::deposit(long)");
  EXPECT_EQ(fold_function("void put<int>(std::vector<int, std::allocator<int>>&)"), "void put(std::vector&)");
  EXPECT_EQ(fold_function("main::$_3::operator()() const"), "main::{lambda}::operator()() const");
  EXPECT_EQ(fold_function("main::{lambda(int)#2}::operator()(int) const"), "main::{lambda}::operator()(int) const");
  EXPECT_EQ(fold_function("main::'lambda0'(int)::operator()(int) const"), "main::{lambda}::operator()(int) const");
  EXPECT_EQ(fold_function("name[abi:cxx11](int)"), "name(int)");
  EXPECT_EQ(fold_function("add(int) [clone .isra.0]"), "add(int)");
  EXPECT_EQ(fold_function("add(int) (.cold)"), "add(int)");
}

TEST(FoldFunction, keeps_operators) {
  EXPECT_EQ(fold_function("Money::operator<(Money const&) const"), "Money::operator<(Money const&) const");
  EXPECT_EQ(fold_function("std::ostream& operator<< <char>(std::ostream&, char)"),
            "std::ostream& operator<<(std::ostream&, char)");
  EXPECT_EQ(fold_function("Box<int>::operator->() const"), "Box::operator->() const");
  EXPECT_EQ(fold_function("Box<int>::operator<=>(Box<int> const&) const"), "Box::operator<=>(Box const&) const");
}

TEST(FoldFunction, ends_on_any_text) {
  EXPECT_EQ(fold_function("a<<<<<b"), "a");
  EXPECT_EQ(fold_function("{lambda("), "{lambda}");
  EXPECT_EQ(fold_function("'lambda"), "{lambda}");
  EXPECT_EQ(fold_function(""), "");
}

TEST(ShortFunction, reads_well_in_a_sentence) {
  EXPECT_EQ(short_function("Bank::deposit(long)"), "Bank::deposit()");
  EXPECT_EQ(short_function("main"), "main()");
  EXPECT_EQ(short_function("void put<int>(std::vector<int>&)"), "put()");
  EXPECT_EQ(short_function("main::$_3::operator()() const"), "lambda in main()");
  EXPECT_EQ(short_function("run(int)::{lambda()#1}::operator()() const"), "lambda in run()");
  EXPECT_EQ(short_function("(anonymous namespace)::add(int)"), "(anonymous namespace)::add()");
  EXPECT_EQ(short_function("operator new(unsigned long)"), "operator new()");
  EXPECT_EQ(short_function("Adder::operator()(int) const"), "Adder::operator()()");
  EXPECT_EQ(short_function("operator()"), "a lambda");
  EXPECT_EQ(short_function("__cxx_global_var_init.2"), "static initialization");
  EXPECT_EQ(short_function("__static_initialization_and_destruction_0(int, int)"), "static initialization");
  EXPECT_EQ(short_function(""), "");
}

}  // namespace
}  // namespace tenter::analysis
