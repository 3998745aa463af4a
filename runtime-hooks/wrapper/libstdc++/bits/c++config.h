// Stands before libstdc++'s own header of this name. Up to C++17 the functions of std::string are taken from the shared library,
// where nothing tells of what they write. Who then reads a string that another thread wrote would seem to depend on nobody,
// and an order that the program cannot take would seem possible. With -1, libstdc++'s word for strings without ready-made
// functions, they are compiled with the program, as they are from C++20 on. Not so with the strings of before GCC 5, which
// count their references in the shared library, too.
#pragma GCC system_header
#include_next <bits/c++config.h>
#if defined(_GLIBCXX_EXTERN_TEMPLATE) && _GLIBCXX_EXTERN_TEMPLATE > 0 && _GLIBCXX_USE_CXX11_ABI
#undef _GLIBCXX_EXTERN_TEMPLATE
#define _GLIBCXX_EXTERN_TEMPLATE -1
#endif
