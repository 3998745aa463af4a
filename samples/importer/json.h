// What the importer says, as JSON.
#pragma once

#include <string>

#include "import.h"

namespace importer {

// {"total": 3, "success": 2, "errors": 1, "duration_seconds": 0.1, "records_per_second": 30.0,
//  "row_errors": [{"row": 7, "why": "2 columns where 9 are needed"}]}
std::string to_json(const Statistics& statistics);
std::string error_json(const std::string& sentence);  // {"error": "..."}

}  // namespace importer
