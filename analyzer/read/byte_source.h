// Where the bytes of a recording come from: a file, or memory (tests, fuzzing). Bytes are copied out and never
// mapped, because a mapped file that shrinks while it is read ends the reader with SIGBUS.
// All functions may be called from several threads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace tenter::analysis {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // As of opening; what is appended later is not read.
  virtual std::uint64_t size() const = 0;
  // Copies up to `size` bytes; fewer at the end, or where the medium fails.
  virtual std::size_t read_at(std::uint64_t offset, void* into, std::size_t size) const = 0;
  // The first offset at or after `offset` that may hold something else than the zeros of a hole.
  virtual std::uint64_t next_data(std::uint64_t offset) const { return offset; }
};

// Refuses what is not a regular file, without waiting for a FIFO's other end.
Result<std::unique_ptr<ByteSource>> open_file(const std::string& path);
std::unique_ptr<ByteSource> open_memory(std::vector<std::byte> bytes);

// A window that slides over a source, for reading front to back. One thread at a time.
class Window {
 public:
  explicit Window(const ByteSource& source) : source_(source) {}
  // Bytes from `offset` on: `size` of them, or fewer where the source ends. Valid until the next call.
  std::span<const std::byte> view(std::uint64_t offset, std::size_t size);

 private:
  const ByteSource& source_;
  std::vector<std::byte> buffer_;
  std::uint64_t begin_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace tenter::analysis
