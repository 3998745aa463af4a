#include "record/shared_memory.h"

#include <fcntl.h>

#include <cstdint>

#include "record/sys.h"

namespace tenter::record {
namespace {

// /proc/self/maps, a character at a time.
class Maps {
 public:
  ~Maps() { sys::close(fd_); }
  // 0: there is no more.
  char next() {
    if (at_ == size_) {
      const ssize_t got = fd_ < 0 ? 0 : sys::read(fd_, text_, sizeof text_);
      size_ = got < 0 ? 0 : static_cast<std::size_t>(got);
      at_ = 0;
    }
    return at_ == size_ ? '\0' : text_[at_++];
  }
  // And the character behind it.
  std::uintptr_t next_hex() {
    std::uintptr_t value = 0;
    for (char c = next();; c = next()) {
      if (c >= '0' && c <= '9') {
        value = value * 16 + static_cast<std::uintptr_t>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        value = value * 16 + static_cast<std::uintptr_t>(c - 'a' + 10);
      } else {
        return value;
      }
    }
  }

 private:
  const int fd_ = sys::open("/proc/self/maps", O_RDONLY | O_CLOEXEC, 0);
  char text_[1024];
  std::size_t at_ = 0, size_ = 0;
};

}  // namespace

bool may_be_shared(const void* memory) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  Maps maps;
  for (;;) {  // BEGIN-END rwxs OFFSET ...
    const std::uintptr_t begin = maps.next_hex(), end = maps.next_hex();
    if (end == 0) { return true; }
    for (int permission = 0; permission < 3; ++permission) { maps.next(); }
    const bool is_private = maps.next() == 'p';
    if (address >= begin && address < end) { return !is_private; }
    for (char c = maps.next(); c != '\n'; c = maps.next()) {
      if (c == '\0') { return true; }
    }
  }
}

}  // namespace tenter::record
