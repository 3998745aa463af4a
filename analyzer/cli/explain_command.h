// `tenter explain KIND`: the page of that kind.
#pragma once
#include <string>

namespace tenter::analysis {

int run_explain(const std::string& kind);

}  // namespace tenter::analysis
