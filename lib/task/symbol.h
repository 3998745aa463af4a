// What an address is called in the file that it was loaded from.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace tenter::detail {

// A place in one loaded file: the program, or a shared library.
struct FilePlace {
  const char* path;      // to open it by; "/proc/self/exe" for the program
  const char* name;      // without folders
  std::uint64_t offset;  // as the file, and so addr2line, counts
};

// False: the address belongs to no file that is known. For a call give an address inside of it, the return address minus
// one: the call may be the last instruction of its function. Any thread, signal handlers too.
bool find_in_files(const void* address, FilePlace& place);

// The function there, as the symbol table spells it; empty: there is no table, or no such symbol. Any thread; slow.
std::string function_at(const FilePlace& place);

// "app+0x1234 (_Z5fetchv)" for the call that returns to `return_address`, for signal handlers: nothing is allocated, and too
// long a text is cut.
void write_place(char* text, std::size_t size, const void* return_address);

// A symbol, or what std::type_info::name() says, as people write it; the name itself if it is none of C++.
std::string demangle(const char* symbol);
std::string demangle_type(const char* name);

// The name of the global variable that the address lies in, or empty. Any thread; slow.
std::string name_of_variable(const void* address);

}  // namespace tenter::detail
