// The importer as an HTTP service on 127.0.0.1:
//
//   GET  /health                                      {"status": "ok"}
//   POST /upload?method=sequential|concurrent|batch   a form with the workbook as the field "file"; answers with the statistics
//
// What is wrong with a request is said in {"error": "..."}, with status 400 where it is the sender's mistake, 413 where the
// file is too large, and 500 where the database cannot be reached.
#pragma once

#include <functional>

#include "import.h"

namespace importer {

// Serves until SIGINT or SIGTERM comes, then finishes what it has begun. Port 0 is any that is free; `listening` is told which
// it is. Called by a task. Returns false where the port cannot be had.
bool serve(int port, Database& database, const Options& options, const std::function<void(int port)>& listening);

}  // namespace importer
