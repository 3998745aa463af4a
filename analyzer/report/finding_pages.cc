#include "report/finding_pages.h"

#include <algorithm>

namespace tenter::analysis {

std::string_view finding_page(std::string_view kind) {
  const auto page = std::ranges::find_if(finding_pages(), [&](const FindingPage& one) { return kind == one.kind; });
  return page != finding_pages().end() ? std::string_view(page->text) : std::string_view();
}

std::string page_opening(std::string_view kind) {
  std::string_view page = finding_page(kind);
  const auto skip_past = [&](std::string_view mark) {
    const auto found = page.find(mark);
    page = found == std::string_view::npos ? std::string_view() : page.substr(found + mark.size());
  };
  skip_past("\n\n");  // the headline
  std::string line(page.substr(0, page.find("\n\n")));
  std::ranges::replace(line, '\n', ' ');
  // "Two forms are reported:" leads to a list that is left out here.
  const auto stop = line.rfind('.');
  return stop == std::string::npos ? line : line.substr(0, stop + 1);
}

}  // namespace tenter::analysis
