#include "archive.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace importer {
namespace {

constexpr std::size_t always_allowed_bytes = 1u << 20;  // short parts of repeated text may well shrink a thousandfold

}  // namespace

// minizip asks for these where it would otherwise open a file.
voidpf Archive::open(voidpf source, const void* /*name*/, int /*mode*/) { return source; }
uLong Archive::read(voidpf source, voidpf /*stream*/, void* buffer, uLong size) {
  auto& from = *static_cast<Source*>(source);
  const std::size_t n = std::min<std::size_t>(size, from.bytes.size() - from.position);
  std::memcpy(buffer, from.bytes.data() + from.position, n);
  from.position += n;
  return n;
}
ZPOS64_T Archive::tell(voidpf source, voidpf /*stream*/) { return static_cast<Source*>(source)->position; }
long Archive::seek(voidpf source, voidpf /*stream*/, ZPOS64_T offset, int origin) {
  auto& in = *static_cast<Source*>(source);
  const std::size_t base = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                           : origin == ZLIB_FILEFUNC_SEEK_CUR ? in.position
                                                              : in.bytes.size();
  if (offset > in.bytes.size() - base) { return -1; }
  in.position = base + offset;
  return 0;
}
int Archive::close(voidpf /*source*/, voidpf /*stream*/) { return 0; }

Archive::Archive(std::string_view bytes, const WorkbookLimits& limits) : source_{bytes}, limits_(limits) {
  if (bytes.size() > limits.file_bytes) {
    throw WorkbookError("the file is larger than " + std::to_string(limits.file_bytes) + " bytes");
  }
  zlib_filefunc64_def functions{};
  functions.zopen64_file = open;
  functions.zread_file = read;
  functions.ztell64_file = tell;
  functions.zseek64_file = seek;
  functions.zclose_file = close;
  functions.zerror_file = [](voidpf, voidpf) { return 0; };
  functions.opaque = &source_;
  file_ = unzOpen2_64("", &functions);
  if (file_ == nullptr) { throw WorkbookError("the file is no workbook: it is not a zip archive"); }
}
Archive::~Archive() { unzClose(file_); }

std::optional<std::string> Archive::part(const std::string& name) const {
  if (unzLocateFile(file_, name.c_str(), /*case sensitive*/ 1) != UNZ_OK) { return std::nullopt; }
  unz_file_info64 info{};
  if (unzGetCurrentFileInfo64(file_, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK ||
      unzOpenCurrentFile(file_) != UNZ_OK) {
    throw WorkbookError("the workbook is damaged: " + name + " cannot be opened");
  }
  // A part cannot be packed into more than the file has, whatever the archive says.
  const auto packed = std::min<std::size_t>(info.compressed_size, source_.bytes.size());
  const std::size_t most = std::min(limits_.part_bytes, std::max(always_allowed_bytes, packed * limits_.ratio));
  std::string text;
  std::array<char, 64 * 1024> piece;
  int n = 0;
  while ((n = unzReadCurrentFile(file_, piece.data(), piece.size())) > 0) {
    if (text.size() + static_cast<std::size_t>(n) > most) {
      unzCloseCurrentFile(file_);
      throw WorkbookError("the workbook is refused: " + name + " unpacks to more than " + std::to_string(most) +
                          " bytes");
    }
    text.append(piece.data(), static_cast<std::size_t>(n));
  }
  // Closing compares the checksum once everything was read.
  if (const int closed = unzCloseCurrentFile(file_); n < 0 || closed != UNZ_OK) {
    throw WorkbookError("the workbook is damaged: " + name + " cannot be unpacked");
  }
  return text;
}

}  // namespace importer
