// Reads the first sheet of an .xlsx file that may come from anybody.
//
// Such a file is a zip archive of XML parts. Nothing in it is trusted: what it says about sizes is not believed, how much is
// unpacked is limited while it is unpacked, and names inside the archive never become names of files.
//
//   const std::vector<Row> rows = read_workbook(bytes);      // throws WorkbookError
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace importer {

// A sentence about what is wrong with the workbook, for the person who sent it.
class WorkbookError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Row {
  std::size_t number = 0;          // as a spreadsheet shows it: the first is 1
  std::vector<std::string> cells;  // up to the last cell that is there
};

struct WorkbookLimits {
  std::size_t file_bytes = 32u << 20;
  std::size_t part_bytes = 64u << 20;  // one part of the archive, unpacked
  std::size_t ratio = 200;             // unpacked to packed, for parts of more than a MiB
  std::size_t rows = 200'000;
  std::size_t columns = 16;             // cells to the right of these are not read
  std::size_t text_bytes = 256u << 20;  // all cells together: a few strings may be shared by many cells
};

std::vector<Row> read_workbook(std::string_view bytes, const WorkbookLimits& limits = {});

}  // namespace importer
