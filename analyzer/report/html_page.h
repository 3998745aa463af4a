// The page of html/, as it is embedded in the program.
#pragma once
#include <string_view>
#include <vector>

namespace tenter::analysis {

// In pieces, because compilers need not take string literals of more than 64 KiB.
const std::vector<std::string_view>& html_page();

}  // namespace tenter::analysis
