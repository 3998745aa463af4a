// What an address is called, for messages of a program that is about to end.
#pragma once
#include <cstddef>
#include <string>

namespace tenter::detail {

// "app+0x1234 (main)" for the call that returns to `return_address`; addr2line -e app turns the number into a line. Without
// the function where no symbol table tells it, and empty where not even the file is known.
std::string describe_place(const void* return_address);

// The same for signal handlers: the function is named as in the symbol table, and too long a text is cut.
void write_place(char* text, std::size_t size, const void* return_address);

// The name of the global variable that the address lies in, or empty.
std::string name_of_variable(const void* address);

std::string demangle(const char* name);

}  // namespace tenter::detail
