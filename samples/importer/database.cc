#include "database.h"

#include <algorithm>

namespace importer {

Business to_business(const Row& row) {
  Business business{row.number, {}};
  std::copy_n(row.cells.begin(), column_count, business.columns.begin());
  return business;
}

std::string create_table_statement() {
  std::string statement = "CREATE TABLE IF NOT EXISTS businesses (";
  for (const char* column : column_names) { statement += std::string(column) + " TEXT NOT NULL, "; }
  return statement + "CHECK (name <> ''))";
}

std::string insert_statement(std::size_t rows, std::string (*placeholder)(std::size_t number)) {
  std::string statement = "INSERT INTO businesses VALUES ";
  for (std::size_t value = 0; value < rows * column_count; ++value) {
    const bool first = value % column_count == 0;
    statement += (first ? (value == 0 ? "(" : "), (") : ", ") + placeholder(value + 1);
  }
  return statement + ")";
}

std::unique_ptr<Database> open_database(const std::string& url) {
  if (url.starts_with("sqlite:")) { return open_sqlite(url.substr(7)); }
  if (url.starts_with("postgres:")) { return open_postgres(url.substr(9)); }
  throw DatabaseError("\"" + url + "\" is no database; it begins with sqlite: or postgres:");
}

}  // namespace importer
