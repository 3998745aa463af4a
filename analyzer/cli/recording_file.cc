#include "cli/recording_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/crc32c.h"
#include "cli/files.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t alignment = 8;  // chunks start at multiples of it (docs/trace-format.md)

std::size_t padding_after(std::uint64_t size) {
  return static_cast<std::size_t>((alignment - size % alignment) % alignment);
}

std::string outcome_chunk(const std::string& end) {
  const std::string text = "end=" + end + '\n';
  trace::ChunkHeader header{};
  header.magic = trace::chunk_magic;
  header.kind = trace::ChunkKind::outcome;
  header.codec = trace::Codec::none;
  header.stored_size = static_cast<std::uint32_t>(text.size());
  header.raw_size = header.stored_size;
  header.crc = crc32c(text.data(), text.size(), crc32c(&header, sizeof header));
  std::string chunk(sizeof header, '\0');
  std::memcpy(chunk.data(), &header, sizeof header);
  chunk += text;
  return chunk.append(padding_after(text.size()), '\0');
}

static_assert(sizeof(trace::ChunkHeader) % alignment == 0);

}  // namespace

std::optional<trace::FileHeader> recording_header(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return std::nullopt;
  trace::FileHeader header{};
  const ssize_t got = ::read(fd, &header, sizeof header);
  ::close(fd);
  if (got != static_cast<ssize_t>(sizeof header) ||
      std::memcmp(header.magic, trace::file_magic, sizeof header.magic) != 0)
    return std::nullopt;
  return header;
}

bool same_recording(const trace::FileHeader& a, const trace::FileHeader& b) {
  return a.random_id[0] == b.random_id[0] && a.random_id[1] == b.random_id[1] && a.process_id == b.process_id &&
         a.start_time_ns == b.start_time_ns;
}

Result<bool> append_outcome(const std::string& path, const std::string& end) {
  const auto error = [&](int number) {
    return Error{path + ": how the program ended could not be added: " + std::strerror(number), ExitCode::internal};
  };
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
  if (fd < 0) return error(errno);
  struct stat status{};
  std::string bytes;
  bool good = ::fstat(fd, &status) == 0;
  if (good) {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    bytes = std::string(padding_after(size), '\0') + outcome_chunk(end);
    // One write at a place of our own: either all of it arrives or the reader's checksum refuses it.
    good = ::pwrite(fd, bytes.data(), bytes.size(), status.st_size) == static_cast<ssize_t>(bytes.size());
  }
  const int number = errno;
  ::close(fd);
  if (!good) return error(number);
  return true;
}

Result<std::string> file_for_recording(const std::string& path) {
  if (const Result<bool> writable = can_be_written(path); !writable)
    return Error{writable.error().sentence, ExitCode::usage};
  const Result<Destination> end = destination_of(path);
  if (!end) return end.error();
  std::error_code none;
  const bool there = std::filesystem::exists(end->path, none);
  if (end->descriptor >= 0 || (there && !std::filesystem::is_regular_file(end->path, none)))
    return Error{
        path + ": a recording cannot be written there, because it is no regular file; name one in a folder that exists",
        ExitCode::usage};
  return end->path;
}

Result<bool> move_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return true;
  const auto failed = [&](const std::string& why) {
    return Error{to + ": the recording cannot be put there: " + why, ExitCode::internal};
  };
  std::string temporary = to + "-XXXXXX";
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return failed(std::strerror(errno));
  ::close(fd);
  std::error_code error;
  std::filesystem::copy_file(from, temporary, std::filesystem::copy_options::overwrite_existing, error);
  if (!error) std::filesystem::rename(temporary, to, error);
  if (error) {
    ::unlink(temporary.c_str());
    return failed(error.message());
  }
  ::unlink(from.c_str());
  return true;
}

std::string recording_beside(const std::string& path, pid_t process) {
  const std::string file = path + '.' + std::to_string(process);
  const std::optional<trace::FileHeader> header = recording_header(file);
  return header && header->process_id == static_cast<std::uint64_t>(process) ? file : std::string();
}

}  // namespace tenter::analysis
