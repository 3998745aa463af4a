#include "cli/explain_command.h"

#include <map>

#include "cli/files.h"
#include "cli/say.h"
#include "cli/usage.h"
#include "report/finding_pages.h"

namespace tenter::analysis {

int run_explain(const std::string& kind) {
  // What people call them.
  static const std::map<std::string, std::string> short_names = {{"race", "data-race"},
                                                                 {"leak", "task-leak"},
                                                                 {"inversion", "lock-order-inversion"},
                                                                 {"use-after-free", "use-after-free-race"}};
  const auto longer = short_names.find(kind);
  const std::string wanted = longer != short_names.end() ? longer->second : kind;
  std::vector<std::string> names;
  for (const FindingPage& page : finding_pages()) {
    if (wanted == page.kind) {
      const Result<bool> written = write_to_stdout(page.text);
      return written ? status_of(ExitCode::clean) : fail(written.error());
    }
    names.emplace_back(page.kind);
  }
  return fail({unknown_word("page about", kind, names), ExitCode::usage});
}

}  // namespace tenter::analysis
