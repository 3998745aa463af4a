// Calls `work` for each number below `count`, on so many threads at most. What one of the calls throws is thrown when all threads have
// ended; of several, what was thrown first.
//
//   in_parallel(files.size(), jobs, [&](std::size_t i) { results[i] = check(files[i]); });
#pragma once
#include <cstddef>
#include <functional>

namespace tenter::analysis {

void in_parallel(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& work);

}  // namespace tenter::analysis
