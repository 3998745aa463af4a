// The batch method in the form in which it is usually shown. It has two mistakes, on purpose: README.md tells of both, and
// batch.cc is the same without them.
#include <tenter/tenter.h>

#include <utility>

#include "import.h"

namespace importer {
namespace {

struct Result {
  std::string error;
};

}  // namespace

Statistics import_batches(std::span<const Row> rows, Database& database, const Options& options) {
  const auto room = static_cast<std::size_t>(options.workers) * 2;
  const auto batches = tenter::make_chan<std::vector<Business>>(room);
  const auto results = tenter::make_chan<Result>(room);
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < options.workers; ++i) { connections.push_back(database.connect()); }

  tenter::WaitGroup workers;
  for (const auto& connection : connections) {
    workers.go({.name = "worker"}, [batches, results, &connection = *connection] {
      for (const std::vector<Business>& batch : batches) {
        try {
          connection.insert(batch);
          results.send({});
        } catch (const DatabaseError& error) { results.send({error.what()}); }
      }
    });
  }
  Statistics stats;
  tenter::WaitGroup others;
  others.go({.name = "batcher"}, [batches, rows, size = options.batch_size, &stats] {
    std::vector<Business> batch;
    for (const Row& row : rows) {
      if (!is_complete(row)) {
        stats.error_count++;
        continue;
      }
      batch.push_back(to_business(row));
      if (batch.size() == size) { batches.send(std::exchange(batch, {})); }
    }
    if (!batch.empty()) { batches.send(std::move(batch)); }
    batches.close();
  });
  others.go({.name = "closer"}, [results, &workers] {
    workers.wait();
    results.close();
  });

  std::size_t done = 0;
  for (const Result& result : results) {
    if (!result.error.empty()) {
      stats.error_count++;
    } else {
      stats.success += options.batch_size;
    }
    options.progress(done += options.batch_size, rows.size());
  }
  others.wait();
  return stats;
}

}  // namespace importer
