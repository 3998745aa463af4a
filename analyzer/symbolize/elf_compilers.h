// Who made the objects of an ELF file: the strings of its .comment section, where compilers and linkers put their names.
#pragma once
#include <string>
#include <vector>

namespace tenter::analysis {

// "GCC: (Debian 12.2.0-14) 12.2.0", "Debian clang version 19.1.7": each once, as the linker keeps them. Empty where the path is
// no readable regular ELF file of 64 bits, or nobody signed. Every offset is checked; at most 64 KiB are read of a section.
std::vector<std::string> compilers_of_file(const std::string& path);

// Did the file's compilers report every read? gcc does. clang leaves out a read that the same block follows by a write,
// unless -tsan-instrument-read-before-write tells it not to; tenter-c++ does that, and has clang leave its name away
// (-Qn). So a name other than gcc's, or a linker's, stands for an object that may lack reads; and where nobody signed,
// as in a file that was stripped of its signatures, nothing is known.
bool reports_all_reads(const std::vector<std::string>& compilers);

}  // namespace tenter::analysis
