#include "read/block_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "base/result.h"

namespace tenter::analysis {
namespace {

// -1 where there is none.
int open_nameless_file() {
  const char* folder = std::getenv("TMPDIR");
  std::string path = (folder != nullptr && *folder != '\0' ? folder : "/tmp") + std::string("/tenter-XXXXXX");
  const int file = ::mkostemp(path.data(), O_CLOEXEC);
  if (file >= 0) ::unlink(path.c_str());
  return file;
}

off_t offset_of(std::size_t number) { return static_cast<off_t>(number * BlockStore::block_bytes); }

[[noreturn]] void cannot_read_back(const char* why) {
  std::fprintf(stderr, "tenter: a temporary file cannot be read back: %s. Set TMPDIR to a folder on a sound disk.\n",
               why);
  std::_Exit(static_cast<int>(ExitCode::internal));
}

}  // namespace

BlockStore::~BlockStore() {
  if (file_ >= 0) ::close(file_);
}

bool BlockStore::write_to_file(const std::byte* block) {
  if (file_ < 0) file_ = open_nameless_file();
  if (file_ < 0) return false;
  for (std::size_t done = 0; done < block_bytes;) {
    const ssize_t wrote =
        ::pwrite(file_, block + done, block_bytes - done, offset_of(in_file_) + static_cast<off_t>(done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += static_cast<std::size_t>(wrote);
  }
  return true;
}

BlockStore::Block BlockStore::append(Block block) {
  if (in_memory_.size() >= most_in_memory_ && !file_is_full_) {
    if (write_to_file(block.get())) {
      ++in_file_;
      return block;
    }
    file_is_full_ = true;
  }
  in_memory_.push_back(std::move(block));
  return make_block();
}

const std::byte* BlockStore::read(std::size_t number, Block& buffer) const {
  if (number < most_in_memory_) return in_memory_[number].get();
  const std::size_t in_file = number - most_in_memory_;
  if (in_file >= in_file_) return in_memory_[number - in_file_].get();
  if (buffer == nullptr) buffer = make_block();
  for (std::size_t done = 0; done < block_bytes;) {
    const ssize_t got =
        ::pread(file_, buffer.get() + done, block_bytes - done, offset_of(in_file) + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) cannot_read_back(std::strerror(errno));
    if (got == 0) cannot_read_back("it is too short");
    done += static_cast<std::size_t>(got);
  }
  return buffer.get();
}

}  // namespace tenter::analysis
