// Where in the program a return address is, in words.
#pragma once
#include <string>

namespace tenter::detail {

struct Place {
  std::string text;      // "app+0x1234 (fetch)"; addr2line -e app 0x1234 knows the line. Empty: unknown
  std::string function;  // without its arguments; empty: unknown
};

// Reads the symbol table of the program's file, so it also knows functions that are not exported. Any thread; slow.
Place place_of(const void* return_address);

}  // namespace tenter::detail
