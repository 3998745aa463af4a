// `tenter explain KIND`: the page docs/findings/KIND.md, which is compiled into the tool.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tenter::analysis {

struct FindingPage {
  const char* kind;
  const char* text;
};
// Sorted by kind. Written by the build from docs/findings/.
const std::vector<FindingPage>& finding_pages();

int run_explain(const std::string& kind);

}  // namespace tenter::analysis
