// The build-id of an ELF file: the mark by which a recording's module and the file on disk are known to be the same.
#pragma once
#include <optional>
#include <string>

namespace tenter::analysis {

// Lower-case hex; an empty string where the file has no build-id. Nothing where the path is no readable regular ELF
// file of 64 bits. Every offset in the file is checked against its size; at most 64 KiB of notes are read.
std::optional<std::string> build_id_of_file(const std::string& path);

}  // namespace tenter::analysis
