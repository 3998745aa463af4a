#include "import.h"

#include <tenter/tenter.h>

#include <algorithm>

namespace importer {
namespace {

// Nothing where it went well.
std::optional<RowError> import_row(const Row& row, Connection& connection) {
  if (!is_complete(row)) { return too_few_columns(row); }
  try {
    const Business business = to_business(row);
    connection.insert({&business, 1});
    return std::nullopt;
  } catch (const DatabaseError& error) { return RowError{row.number, error.what()}; }
}

void count(Statistics& statistics, std::optional<RowError> error) {
  if (!error) {
    ++statistics.success;
    return;
  }
  ++statistics.error_count;
  statistics.row_errors.push_back(std::move(*error));
}

Statistics import_sequentially(std::span<const Row> rows, Database& database, const Options& options) {
  const auto connection = database.connect();
  Statistics statistics;
  for (const Row& row : rows) {
    count(statistics, import_row(row, *connection));
    options.progress(statistics.success + statistics.error_count, rows.size());
  }
  return statistics;
}

Statistics import_concurrently(std::span<const Row> rows, Database& database, const Options& options) {
  const auto jobs = tenter::make_chan<const Row*>(64);
  const auto results = tenter::make_chan<std::optional<RowError>>(64);
  std::vector<std::unique_ptr<Connection>>
      connections;  // all made before any task is: what fails here leaves nobody behind
  for (int i = 0; i < options.workers; ++i) { connections.push_back(database.connect()); }

  tenter::WaitGroup workers;
  for (const auto& connection : connections) {
    workers.go({.name = "worker"}, [jobs, results, &connection = *connection] {
      for (const Row* row : jobs) { results.send(import_row(*row, connection)); }
    });
  }
  tenter::WaitGroup others;
  others.go({.name = "reader"}, [jobs, rows] {
    for (const Row& row : rows) { jobs.send(&row); }
    jobs.close();
  });
  others.go({.name = "closer"}, [results, &workers] {
    workers.wait();
    results.close();
  });
  Statistics statistics;  // this task's alone: the workers tell of their results instead of counting them
  for (std::optional<RowError> result : results) {
    count(statistics, std::move(result));
    options.progress(statistics.success + statistics.error_count, rows.size());
  }
  others.wait();
  return statistics;
}

}  // namespace

std::optional<Method> method_named(std::string_view name) {
  if (name == "sequential") { return Method::sequential; }
  if (name == "concurrent") { return Method::concurrent; }
  if (name == "batch") { return Method::batch; }
  return std::nullopt;
}

bool is_complete(const Row& row) { return row.cells.size() >= column_count; }
RowError too_few_columns(const Row& row) {
  return {row.number,
          std::to_string(row.cells.size()) + " columns where " + std::to_string(column_count) + " are needed"};
}

Statistics import_rows(const std::vector<Row>& rows, Database& database, Method method, const Options& options) {
  const auto start = std::chrono::steady_clock::now();
  const std::span<const Row> body = std::span(rows).subspan(std::min<std::size_t>(1, rows.size()));
  Statistics statistics;
  switch (method) {
    case Method::sequential: statistics = import_sequentially(body, database, options); break;
    case Method::concurrent: statistics = import_concurrently(body, database, options); break;
    case Method::batch: statistics = import_batches(body, database, options); break;
  }
  statistics.total = body.size();
  statistics.duration = std::chrono::steady_clock::now() - start;
  std::sort(statistics.row_errors.begin(), statistics.row_errors.end(),
            [](const RowError& left, const RowError& right) { return left.row < right.row; });
  return statistics;
}

double Statistics::records_per_second() const {
  const double seconds = std::chrono::duration<double>(duration).count();
  return seconds > 0 ? static_cast<double>(total) / seconds : 0;
}

}  // namespace importer
