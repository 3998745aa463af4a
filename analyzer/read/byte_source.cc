#include "read/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t window_bytes = std::size_t{4} << 20;

class FileSource final : public ByteSource {
 public:
  FileSource(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
  ~FileSource() override { ::close(descriptor_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::uint64_t size() const override { return size_; }

  std::size_t read_at(std::uint64_t offset, void* into, std::size_t size) const override {
    if (offset >= size_) return 0;
    size = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset));
    std::size_t done = 0;
    while (done < size) {
      const ssize_t got =
          ::pread(descriptor_, static_cast<char*>(into) + done, size - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  std::uint64_t next_data(std::uint64_t offset) const override {
    if (offset >= size_) return size_;
    const off_t found = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
    if (found >= 0) return std::min<std::uint64_t>(static_cast<std::uint64_t>(found), size_);
    return errno == ENXIO ? size_ : offset;  // other errors: a file system that does not tell
  }

 private:
  int descriptor_;
  std::uint64_t size_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read_at(std::uint64_t offset, void* into, std::size_t size) const override {
    if (offset >= bytes_.size()) return 0;
    size = std::min(size, bytes_.size() - static_cast<std::size_t>(offset));
    std::memcpy(into, bytes_.data() + offset, size);
    return size;
  }

 private:
  std::vector<std::byte> bytes_;
};

std::string kind_of_file(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
  const std::string shown = escape_for_terminal(path);
  // O_NONBLOCK: opening a FIFO must not wait for a writer. O_NOCTTY: nor may a terminal become ours.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    const int why = errno;
    if (why == ENOENT) return Error{shown + ": there is no such file. `tenter record -o FILE -- PROGRAM` makes one."};
    return Error{shown + ": cannot be opened: " + std::strerror(why) + "."};
  }
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    const int why = errno;
    ::close(descriptor);
    return Error{shown + ": cannot be read: " + std::strerror(why) + "."};
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return Error{shown + ": is " + kind_of_file(status.st_mode) +
                 ", not a recording. Name a file that `tenter record` wrote."};
  }
  return std::unique_ptr<ByteSource>(new FileSource(descriptor, static_cast<std::uint64_t>(status.st_size)));
}

std::unique_ptr<ByteSource> open_memory(std::vector<std::byte> bytes) {
  return std::make_unique<MemorySource>(std::move(bytes));
}

std::span<const std::byte> Window::view(std::uint64_t offset, std::size_t size) {
  if (offset < begin_ || offset + size > begin_ + filled_) {
    const std::uint64_t left = offset < source_.size() ? source_.size() - offset : 0;
    const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(std::max(size, window_bytes), left));
    const bool all_there = offset >= begin_ && offset + std::min<std::uint64_t>(size, left) <= begin_ + filled_;
    if (!all_there) {
      if (buffer_.size() < wanted) buffer_.resize(wanted);
      begin_ = offset;
      filled_ = wanted == 0 ? 0 : source_.read_at(offset, buffer_.data(), wanted);
    }
  }
  if (offset >= begin_ + filled_) return {};
  const std::size_t skip = static_cast<std::size_t>(offset - begin_);
  return std::span<const std::byte>(buffer_).subspan(skip, std::min(size, filled_ - skip));
}

}  // namespace tenter::analysis
