#include "cli/say.h"

#include <iostream>

#include "base/text.h"

namespace tenter::analysis {

void say(std::string_view sentence) { std::cerr << "tenter: " << escape_for_terminal(sentence) << '\n'; }

int fail(const Error& error) {
  say(error.sentence);
  return status_of(error.exit_code);
}

}  // namespace tenter::analysis
