// Three ways of bringing the rows of a workbook into a database.
//
//   const Statistics statistics = import_rows(rows, *database, Method::batch, {.workers = 8});
//
// A row that cannot be imported is counted and reported by its number, and the others go on. Throws DatabaseError where the
// database cannot be reached at all.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "database.h"

namespace importer {

enum class Method {
  sequential,  // row after row
  concurrent,  // a pool of workers, each with a connection, takes row after row
  batch,       // the same pool takes a hundred rows at a time
};
std::optional<Method> method_named(std::string_view name);

struct Options {
  int workers = 8;
  std::size_t batch_size = 100;
  // Told now and then, by one task, how many rows are done.
  std::function<void(std::size_t done, std::size_t total)> progress = [](std::size_t, std::size_t) {};
};

struct RowError {
  std::size_t row = 0;
  std::string why;
};

struct Statistics {
  std::size_t total = 0;
  std::size_t success = 0;
  std::size_t error_count = 0;
  std::vector<RowError> row_errors;  // by row number
  std::chrono::steady_clock::duration duration{};

  double records_per_second() const;
};

// The first row names the columns and is left out.
Statistics import_rows(const std::vector<Row>& rows, Database& database, Method method, const Options& options = {});

// The batch method by itself; batch.cc has it as it should be, batch_as_published.cc as one finds it.
Statistics import_batches(std::span<const Row> rows, Database& database, const Options& options);

bool is_complete(const Row& row);
RowError too_few_columns(const Row& row);

}  // namespace importer
