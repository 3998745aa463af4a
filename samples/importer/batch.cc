// The batch method as it should be: what two tasks would count goes to one of them, and what failed is looked at row by row.
#include <tenter/tenter.h>

#include <utility>

#include "import.h"

namespace importer {
namespace {

struct Batch {
  std::vector<Business> businesses;
  std::vector<RowError> errors;  // of the rows that were no business
  std::size_t rows() const { return businesses.size() + errors.size(); }
};

// Returns the batch with only those businesses that are in the database now, and an error for each of the others.
Batch insert(Batch batch, Connection& connection) {
  if (batch.businesses.empty()) { return batch; }
  try {
    connection.insert(batch.businesses);
    return batch;
  } catch (const DatabaseError&) {}  // none of them is in; one by one, all but those to blame will be
  Batch inserted{{}, std::move(batch.errors)};
  for (Business& business : batch.businesses) {
    try {
      connection.insert({&business, 1});
      inserted.businesses.push_back(std::move(business));
    } catch (const DatabaseError& error) { inserted.errors.push_back({business.row, error.what()}); }
  }
  return inserted;
}

}  // namespace

Statistics import_batches(std::span<const Row> rows, Database& database, const Options& options) {
  const auto room = static_cast<std::size_t>(options.workers) * 2;
  const auto batches = tenter::make_chan<Batch>(room);
  const auto results = tenter::make_chan<Batch>(room);
  std::vector<std::unique_ptr<Connection>>
      connections;  // all made before any task is: what fails here leaves nobody behind
  for (int i = 0; i < options.workers; ++i) { connections.push_back(database.connect()); }

  tenter::WaitGroup workers;
  for (const auto& connection : connections) {
    workers.go({.name = "worker"}, [batches, results, &connection = *connection] {
      for (Batch batch : batches) { results.send(insert(std::move(batch), connection)); }
    });
  }
  tenter::WaitGroup others;
  others.go({.name = "batcher"}, [batches, rows, size = options.batch_size] {
    Batch batch;
    for (const Row& row : rows) {
      if (is_complete(row)) {
        batch.businesses.push_back(to_business(row));
      } else {
        batch.errors.push_back(too_few_columns(row));
      }
      if (batch.businesses.size() == size) { batches.send(std::exchange(batch, {})); }
    }
    if (batch.rows() > 0) { batches.send(std::move(batch)); }
    batches.close();
  });
  others.go({.name = "closer"}, [results, &workers] {
    workers.wait();
    results.close();
  });

  Statistics statistics;
  for (const Batch& batch : results) {
    statistics.success += batch.businesses.size();
    statistics.error_count += batch.errors.size();
    statistics.row_errors.insert(statistics.row_errors.end(), batch.errors.begin(), batch.errors.end());
    options.progress(statistics.success + statistics.error_count, rows.size());
  }
  others.wait();
  return statistics;
}

}  // namespace importer
