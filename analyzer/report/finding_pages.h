// The pages docs/findings/KIND.md, compiled into the tool: what `tenter explain` prints and what other programs are told of
// a kind.
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

// The page's text; empty where the kind has none.
std::string_view finding_page(std::string_view kind);
// Its first paragraph as one line; empty where the kind has no page.
std::string page_opening(std::string_view kind);

}  // namespace tenter::analysis
