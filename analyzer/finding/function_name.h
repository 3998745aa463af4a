// Function names in the two forms that findings need: one that survives recompilation, and one to read in a sentence.
#pragma once
#include <string>
#include <string_view>

namespace tenter::analysis {

// The demangled name without what changes when nothing of meaning did: template arguments, ordinals of lambdas, ABI
// tags, suffixes of clones. clang++ and g++ give the same result.
//
//   fold_function("void put<int>(std::vector<int>&)")              == "void put(std::vector&)"
//   fold_function("main::$_3::operator()() const")                 == "main::{lambda}::operator()() const"
//   fold_function("main::{lambda(int)#2}::operator()(int) const")  == "main::{lambda}::operator()(int) const"
std::string fold_function(std::string_view demangled);

// "Bank::deposit()", "lambda in main()"; an empty name stays empty.
std::string short_function(std::string_view demangled);

// The part of a path after its last slash.
std::string file_name(std::string_view path);

}  // namespace tenter::analysis
