// Any words on the command line of `tenter check`, and any TENTER_OPTIONS: understood or refused with a sentence.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/check_command.h"
#include "record/options.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tenter::analysis;
  const std::string text(reinterpret_cast<const char*>(data), size);
  tenter::record::Options recorder;
  tenter::record::parse_options(text.c_str(), recorder, [](const char* sentence) {
    if (*sentence == '\0') std::abort();
  });

  std::vector<std::string> words;   // one a line; the last comes first, as CLI11 wants them
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    words.insert(words.begin(), text.substr(begin, end - begin));
    begin = end + 1;
  }
  CLI::App command;
  CheckArguments arguments;
  command.add_option("FILE", arguments.files);
  add_check_options(command, arguments);
  try {
    command.parse(words);
  } catch (const CLI::ParseError&) {
    return 0;
  }
  arguments.memory_limit.clear();   // it would come into force here
  const Result<CheckOptions> options = understand(arguments);
  if (!options && options.error().sentence.empty()) std::abort();
  return 0;
}
