#include "cli/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <new>
#include <optional>
#include <vector>

#include "base/text.h"

namespace tenter::analysis {
namespace {

// What whoever named the path can do about it.
const char* advice_for_writing(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return "make room, or write elsewhere";
    case EPIPE: return "whoever read it went away before the end";
    case EBADF: return "open it for writing, or write to a file";
    default: return "name a file in a folder that exists and is yours";
  }
}

Error unreadable(const std::string& path, int error) {
  return {path + ": cannot be read: " + std::strerror(error) + "; name a file that is there and may be read",
          ExitCode::input};
}
Error output_error(const std::string& path, int error) {
  return {path + ": cannot be written: " + std::strerror(error) + "; " + advice_for_writing(error), ExitCode::internal};
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// N where the path is /proc/self/fd/N, under whatever name: /dev/fd/N is the same folder.
std::optional<int> descriptor_named(const std::string& path) {
  const std::string name = file_name(path);
  if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  std::error_code no_folder, no_proc;
  const auto folder = std::filesystem::canonical(folder_of(path), no_folder);
  const auto ours = std::filesystem::canonical("/proc/self/fd", no_proc);
  int number = 0;
  const bool fits = std::from_chars(name.data(), name.data() + name.size(), number).ec == std::errc();
  return !no_folder && !no_proc && folder == ours && fits ? std::optional(number) : std::nullopt;
}

}  // namespace

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

Result<std::string> read_text_file(const std::string& path, std::size_t max_bytes) {
  const bool standard = path == "-";
  const int fd = standard ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return unreadable(path, errno);
  std::string text;
  std::vector<char> buffer(1 << 16);
  int error = 0;
  for (;;) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = errno;
    if (n <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(n));
    if (text.size() > max_bytes) break;
  }
  if (!standard) ::close(fd);
  if (error != 0) return unreadable(path, error);
  if (text.size() > max_bytes)
    return Error{
        path + ": is larger than " + group_digits(max_bytes) + " bytes, which no report or rule file is; name another",
        ExitCode::input};
  return text;
}

bool exists(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0;
}

Result<bool> write_to_stdout(std::string_view text) {
  if (write_all(1, text)) return true;
  if (errno == EPIPE) return Error{{}, ExitCode::internal};
  return output_error("standard output", errno);
}

Result<Destination> destination_of(const std::string& path) {
  if (path == "-") return Destination{1, path};
  constexpr int most_links = 40;  // as many as Linux follows
  std::string at = path;
  for (int links = 0; links <= most_links; ++links) {
    // What /proc/self/fd/1 links to may be a file that is open there; opened anew it would be written from its beginning.
    if (const std::optional<int> descriptor = descriptor_named(at)) return Destination{*descriptor, at};
    std::error_code no_link;
    const std::filesystem::path target = std::filesystem::read_symlink(at, no_link);
    if (no_link) return Destination{-1, at};
    at = target.is_absolute() ? target.string() : folder_of(at) + target.string();
  }
  return output_error(path, ELOOP);
}

Result<bool> can_be_written(const std::string& path) {
  const Result<Destination> end = destination_of(path);
  if (!end) return end.error();
  if (end->descriptor >= 0) {
    const int flags = ::fcntl(end->descriptor, F_GETFL);
    if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) return output_error(path, EBADF);
    return flags >= 0 ? Result<bool>(true) : output_error(path, errno);
  }
  struct stat status{};
  const bool there = ::stat(end->path.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode)) return output_error(path, EISDIR);
  const bool replaced = !there || S_ISREG(status.st_mode);
  if (::access((replaced ? folder_of(end->path) : end->path).c_str(), W_OK) != 0) return output_error(path, errno);
  return true;
}

Result<bool> write_text_file(const std::string& path, std::string_view text) {
  const Result<Destination> end = destination_of(path);
  if (!end) return end.error();
  if (end->descriptor == 1) return write_to_stdout(text);
  if (end->descriptor >= 0) return write_all(end->descriptor, text) ? Result<bool>(true) : output_error(path, errno);
  const std::string& file = end->path;
  struct stat status{};
  const bool there = ::stat(file.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode)) return output_error(path, EISDIR);
  if (there && !S_ISREG(status.st_mode)) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return output_error(path, errno);
    const bool written = write_all(fd, text);
    const int error = errno;
    ::close(fd);
    if (!written) return output_error(path, error);
    return true;
  }
  std::string temporary = folder_of(file) + ".tenter-XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return output_error(path, errno);
  // mkostemp makes files private; a report gets the permissions of what it replaces, else the usual ones.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  bool good =
      ::fchmod(fd, there ? status.st_mode & 07777 : 0666 & ~mask) == 0 && write_all(fd, text) && ::fsync(fd) == 0;
  int error = errno;
  if (::close(fd) != 0 && good) {
    good = false;
    error = errno;
  }
  if (good && ::rename(temporary.c_str(), file.c_str()) != 0) {
    good = false;
    error = errno;
  }
  if (good) return true;
  ::unlink(temporary.c_str());
  return output_error(path, error);
}

Result<std::string> content_id(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status{};
  if (fd < 0 || ::fstat(fd, &status) != 0) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    return unreadable(path, error);
  }
  XXH3_state_t* state = XXH3_createState();
  if (state == nullptr) throw std::bad_alloc();
  XXH3_128bits_reset(state);
  std::vector<char> buffer(1 << 18);
  if (S_ISREG(status.st_mode))
    for (ssize_t n; (n = ::read(fd, buffer.data(), buffer.size())) > 0;)
      XXH3_128bits_update(state, buffer.data(), static_cast<std::size_t>(n));
  ::close(fd);
  const XXH128_hash_t hash = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const XXH64_hash_t half : {hash.high64, hash.low64})
    for (int shift = 60; shift >= 0; shift -= 4) hex += digits[(half >> shift) & 15];
  return hex;
}

FileLock::FileLock(const std::string& path) {
  // The folder is locked, not the file, which a rename replaces. Without locks on this file system we go on without.
  const Result<Destination> end = destination_of(path);
  if (end) fd_ = ::open(folder_of(end->path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ >= 0) ::flock(fd_, LOCK_EX);
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace tenter::analysis
