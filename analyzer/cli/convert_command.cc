#include "cli/convert_command.h"

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "base/text.h"
#include "cli/files.h"
#include "cli/rapid_lines.h"
#include "cli/run_picture.h"
#include "cli/say.h"
#include "cli/usage.h"
#include "finding/describe.h"
#include "order/sequencer.h"
#include "read/rapid_binary.h"
#include "read/recording.h"

namespace tenter::analysis {
namespace {

// Code addresses as numbers that RAPID takes: as they are where all are small enough, else counted in order of appearance.
class Places {
 public:
  Places(const std::vector<RapidLine>& lines, std::uint64_t limit) {
    const bool small =
        std::all_of(lines.begin(), lines.end(), [&](const RapidLine& line) { return line.place < limit; });
    if (small) return;
    for (const RapidLine& line : lines) numbers_.try_emplace(line.place, numbers_.size() + 1);
  }
  std::uint64_t number(std::uint64_t place) const { return numbers_.empty() ? place : numbers_.at(place); }
  std::uint64_t count() const { return numbers_.size(); }

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> numbers_;
};

const char* name_of(RapidLine::Op op) { return RapidBinary::ops[static_cast<std::size_t>(op)]; }
char letter_of(RapidLine::Op op) {
  if (op == RapidLine::Op::read || op == RapidLine::Op::write) return 'V';
  return op == RapidLine::Op::fork || op == RapidLine::Op::join ? 'T' : 'L';
}

std::string text_of(const RapidLines& lines) {
  const Places places(lines.lines(), std::uint64_t{1} << 31);
  std::string text;
  for (const RapidLine& line : lines.lines())
    text += 'T' + std::to_string(line.thread) + '|' + name_of(line.op) + '(' + letter_of(line.op) +
            std::to_string(line.object) + ")|" + std::to_string(places.number(line.place)) + '\n';
  return text;
}

Result<std::string> binary_of(const RapidLines& lines) {
  const Places places(lines.lines(), RapidBinary::max_places);
  const auto refuse = [](const char* what, std::uint64_t most) {
    return Error{std::string("RAPID's binary format has room for ") + group_digits(most) + ' ' + what +
                     ", and this recording has more; use --to std",
                 ExitCode::input};
  };
  if (lines.threads() > RapidBinary::max_threads) return refuse("threads", RapidBinary::max_threads);
  if (places.count() + 1 >= RapidBinary::max_places) return refuse("places", RapidBinary::max_places);
  if (std::max(lines.locks(), lines.variables()) >= std::uint64_t{1} << 31)
    return refuse("locks or variables", std::uint64_t{1} << 31);
  std::string bytes;
  const auto put = [&](std::uint64_t number, int width) {
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  };
  put(lines.threads(), 2);
  put(lines.locks(), 4);
  put(lines.variables(), 4);
  put(lines.lines().size(), 8);
  for (const RapidLine& line : lines.lines())
    put(places.number(line.place) << 48 | line.object << 14 | static_cast<std::uint64_t>(line.op) << 10 | line.thread,
        8);
  return bytes;
}

Result<std::string> trace_of(const Recording& recording, const std::string& format) {
  RapidLines lines;
  const auto each_step = [&](const std::function<void(const Step&)>& look) {
    StackTable stacks;
    Sequencer sequencer(recording, stacks);
    while (const Step* step = sequencer.next()) look(*step);
  };
  each_step([&](const Step& step) { lines.prepare(step); });
  each_step([&](const Step& step) { lines.observe(step); });
  return format == "std" ? Result<std::string>(text_of(lines)) : binary_of(lines);
}

}  // namespace

const std::vector<std::string>& targets_of_convert() {
  static const std::vector<std::string> all = {"std", "rapidbin", "perfetto", "shiviz"};
  return all;
}

void add_convert_options(CLI::App& command, ConvertOptions& options) {
  command.add_option("file", options.file, "a recording (.tent), or a trace of RAPID")->type_name("FILE");
  command
      .add_option("--to", options.to,
                  "std (RAPID's text), rapidbin (its binary), perfetto (tracks and arrows) or shiviz (vector clocks)")
      ->type_name("FORMAT");
  command.add_option("-o,--output", options.output, "where to write; - is standard output")->type_name("OUT");
}

int run_convert(const ConvertOptions& options) {
  const auto usage = [](const std::string& sentence) { return fail({sentence, ExitCode::usage}); };
  const std::vector<std::string>& known = targets_of_convert();
  if (options.file.empty()) return usage("which recording? tenter convert FILE --to std -o OUT");
  if (options.to.empty()) return usage("convert to what? --to " + in_words(known));
  if (std::ranges::find(known, options.to) == known.end())
    return usage("--to " + options.to + ": " + unknown_word("format", options.to, known));
  if (options.output.empty()) return usage("where to? -o OUT; -o - is standard output");
  Result<std::unique_ptr<Recording>> recording = open_recording(options.file);
  if (!recording) return fail(recording.error());

  Result<std::string> bytes = options.to == "perfetto" || options.to == "shiviz"
                                  ? picture_of(**recording, options.file, options.to)
                                  : trace_of(**recording, options.to);
  if (!bytes) return fail(bytes.error());
  if (const Result<bool> written = write_text_file(options.output, *bytes); !written)
    return written.error().sentence.empty() ? status_of(ExitCode::internal) : fail(written.error());
  for (const std::string& damage : (*recording)->info().damage) say(options.file + ": " + damage);
  return status_of(ExitCode::clean);
}

}  // namespace tenter::analysis
