// Writes a business directory: make_workbook FILE.xlsx [ROWS]     (10,000 rows where not said otherwise)
//
// As in real directories, not all of it is usable: every 250th row ends after five columns, and every 1000th business, from the
// 777th on, has lost its name. Everything else is computed from the row's number, so that the file is always the same.
#include <xlsxwriter.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

constexpr std::array columns = {"name", "category", "phone",   "email",      "address",
                                "city", "country",  "website", "description"};
constexpr std::array categories = {"bakery", "bookshop", "dentist", "florist", "garage", "hotel", "pharmacy"};
constexpr std::array cities = {"Aachen", "Bergen",  "Cork",  "Delft", "Espoo", "Faro",
                               "Genoa",  "Haarlem", "Izmir", "Jena",  "Kyiv"};
constexpr std::array countries = {"Germany", "Norway",      "Ireland", "Netherlands", "Finland", "Portugal",
                                  "Italy",   "Netherlands", "Turkey",  "Germany",     "Ukraine"};
constexpr std::array owners = {"Anna", "Bela", "Chiara", "Deniz", "Emil", "Fatma", "Goran", "Hana", "Ivo"};

std::array<std::string, columns.size()> business(unsigned i) {
  const std::string category = categories[i % categories.size()];
  const std::string owner = owners[i % owners.size()];
  const std::size_t city = i % cities.size();
  const std::string number = std::to_string(i);
  const std::string name = i % 1000 == 777 ? "" : owner + "'s " + category + " no. " + number;
  return {
      name,
      category,
      "+49 " + std::to_string(20'000'000 + i * 7919ul),
      category + number + "@example.com",
      std::to_string(i % 200 + 1) + " Market Street",
      cities[city],
      countries[city],
      "https://" + category + number + ".example.com",
      "A " + category + " in " + cities[city] + ", run by " + owner + " since " + std::to_string(1900 + i % 120) + "."};
}

}  // namespace

int main(int argc, char** argv) {
  const long rows = argc > 2 ? std::atol(argv[2]) : 10'000;
  if (argc < 2 || argc > 3 || rows < 1 || rows > 1'000'000) {
    std::fputs("make_workbook FILE.xlsx [ROWS], 1 to 1000000 rows\n", stderr);
    return 2;
  }
  lxw_workbook* const workbook = workbook_new(argv[1]);
  lxw_worksheet* const sheet = workbook_add_worksheet(workbook, "businesses");
  for (std::size_t column = 0; column < columns.size(); ++column) {
    worksheet_write_string(sheet, 0, static_cast<lxw_col_t>(column), columns[column], nullptr);
  }
  for (unsigned i = 1; i <= static_cast<unsigned>(rows); ++i) {
    const auto cells = business(i);
    const std::size_t written = i % 250 == 0 ? 5 : cells.size();
    for (std::size_t column = 0; column < written; ++column) {
      worksheet_write_string(sheet, i, static_cast<lxw_col_t>(column), cells[column].c_str(), nullptr);
    }
  }
  if (const lxw_error error = workbook_close(workbook); error != LXW_NO_ERROR) {
    std::fprintf(stderr, "make_workbook: cannot write %s: %s\n", argv[1], lxw_strerror(error));
    return 1;
  }
  return 0;
}
