// The parts of a zip archive that lies in memory.
#pragma once

#include <minizip/unzip.h>

#include <optional>
#include <string>
#include <string_view>

#include "workbook.h"

namespace importer {

class Archive {
 public:
  // `bytes` must outlive the archive. Throws WorkbookError where they are no zip archive.
  Archive(std::string_view bytes, const WorkbookLimits& limits);
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  ~Archive();

  // Nothing where there is no such part; throws WorkbookError where it is damaged, or larger than the limits allow.
  std::optional<std::string> part(const std::string& name) const;

 private:
  struct Source {
    std::string_view bytes;
    std::size_t position = 0;
  };
  static voidpf open(voidpf source, const void* name, int mode);
  static uLong read(voidpf source, voidpf stream, void* buffer, uLong size);
  static ZPOS64_T tell(voidpf source, voidpf stream);
  static long seek(voidpf source, voidpf stream, ZPOS64_T offset, int origin);
  static int close(voidpf source, voidpf stream);

  mutable Source source_;
  WorkbookLimits limits_;
  unzFile file_ = nullptr;
};

}  // namespace importer
