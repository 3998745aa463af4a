// From files, each checked by itself, to one outcome: recordings and sources alike.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/check_command.h"

namespace tenter::analysis {

// May be called by several threads at once, each with a file of its own.
using FileCheck = std::function<Result<Checked>(const std::string& file)>;

// Checks the files, so many at a time, and leaves out what the options' suppressions and kinds leave out. Of several files the
// outcome is in their order, whatever that number. An Error: the suppressions cannot be used.
Result<CheckOutcome> check_files(const std::vector<std::string>& files, const CheckOptions& options, unsigned at_a_time,
                                 const FileCheck& check);

}  // namespace tenter::analysis
