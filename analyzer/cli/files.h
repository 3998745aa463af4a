// Reading and writing whole files for commands.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tenter::analysis {

// At most max_bytes; a directory or an unreadable file is an Error of input. "-" is standard input.
Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes = std::size_t{1} << 30);

// Whether anything stands at the path.
bool exists(const std::string& path);

// Where the bytes for a path go. Links are followed, so that one that leads into a folder of results stays a link; one that
// leads to nothing names the file to be made. "-", /dev/stdout, /dev/fd/3 and the like are descriptors that we were given.
// More links than the system follows are an internal Error.
struct Destination {
  int descriptor = -1;  // -1: a file
  std::string path;
};
Result<Destination> destination_of(const std::string& path);

// Writes to a temporary file beside the destination and renames it, so that nobody ever sees half a file. What is there and is
// no regular file (a pipe, a device) is written to directly. Failure is an internal Error.
Result<bool> write_text_file(const std::string& path, std::string_view text);

// Whether write_text_file() could begin: the error that it would end with otherwise, as far as looking tells. For who
// would lose an hour's work by learning it too late.
Result<bool> can_be_written(const std::string& path);

// All bytes to an open file; false, and errno, where that fails.
bool write_all(int fd, std::string_view text);

// To standard output. A reader that went away is a failure without a sentence.
Result<bool> write_to_stdout(std::string_view text);

// 32 hex digits that tell this file's bytes from others'.
Result<std::string> content_id(const std::string& path);

// While one lives, no other process holds one for the same path.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace tenter::analysis
