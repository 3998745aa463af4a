// Function names in the two forms that findings need: one that survives recompilation, and one to read in a sentence.
#pragma once
#include <cstddef>
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

// Whether a compiler made the function to initialize variables before main; each calls it by another name.
bool is_static_initialization(std::string_view function);

// "Bank::deposit()", "lambda in main()", "a lambda", "static initialization"; an empty name stays empty.
std::string short_function(std::string_view demangled);

// The name as it is where it has at most `limit` bytes; else without template arguments, then without parameters, then
// cut, until it has. For people: Asio's names may be thousands of characters long.
//
//   shorter_function("void put<a very long type>(a very long list)", 20)  == "void put<...>(...)"
std::string shorter_function(std::string_view demangled, std::size_t limit);

}  // namespace tenter::analysis
