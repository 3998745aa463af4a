#include "read/text_chunks.h"

#include "base/text.h"

namespace tenter::analysis {
namespace {

template <class F>
void for_each_line(std::string_view text, const F& use) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) use(line);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

template <class F>
void for_each_pair(std::string_view text, const F& use) {
  for_each_line(text, [&](std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos) use(line.substr(0, equals), unescaped(line.substr(equals + 1)));
  });
}

// Takes the text up to the next space off the front of `line`.
std::string_view field(std::string_view& line) {
  const std::size_t space = line.find(' ');
  const std::string_view result = line.substr(0, space);
  line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  return result;
}

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

std::optional<Module> parse_module(std::string_view line) {
  Module module;
  const auto begin = parse_number(field(line), 16);
  const auto end = parse_number(field(line), 16);
  const auto bias = parse_number(field(line), 16);
  const std::string_view build_id = field(line);
  const std::string_view instrumented = field(line);
  if (!begin || !end || !bias || *begin >= *end) return std::nullopt;
  if (build_id != "-" && !is_hex(build_id)) return std::nullopt;
  if (instrumented != "0" && instrumented != "1") return std::nullopt;
  module.begin = *begin;
  module.end = *end;
  module.load_bias = *bias;
  if (build_id != "-") module.build_id = build_id;
  module.instrumented = instrumented == "1";
  module.path = unescaped(line);
  return module;
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool pair = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '\\' || text[i + 1] == 'n');
    if (!pair) {
      out += text[i];
      continue;
    }
    ++i;
    out += text[i] == 'n' ? '\n' : '\\';
  }
  return out;
}

void TextChunks::take(trace::ChunkKind kind, std::string_view text) {
  switch (kind) {
    case trace::ChunkKind::modules:
      modules_ = text;
      has_modules_ = true;
      return;
    case trace::ChunkKind::process: process_ = text; return;
    case trace::ChunkKind::end:
      end_ = text;
      has_end_ = true;
      return;
    case trace::ChunkKind::outcome: outcome_ = text; return;
    case trace::ChunkKind::report: reports_.push_back(parse_detector_report(text)); return;
    default: return;
  }
}

void TextChunks::fill(RecordingInfo& info, std::vector<std::string>& problems) const {
  for_each_pair(process_, [&](std::string_view key, std::string value) {
    if (key == "program") {
      info.program = std::move(value);
    } else if (key.starts_with("argv")) {
      info.arguments.push_back(std::move(value));
    } else {
      if (key == "detector") info.detector = value;
      info.properties.emplace_back(key, std::move(value));
    }
  });

  info.reports = reports_;

  bool clean = false;
  for_each_pair(end_, [&](std::string_view key, std::string value) {
    if (key == "clean") clean = value == "1";
    if (key == "status" && parse_number(value)) info.end = "exited " + value;
    if (key == "exec" && value == "1") info.end = "exec";
    if (key == "lost_events") info.lost_events = parse_number(value).value_or(0);
    if (key == "left_out_by_sample") info.left_out_by_sample = parse_number(value).value_or(0);
    if (key == "left_out_by_size") info.left_out_by_size = parse_number(value).value_or(0);
    if (key == "small_filters") info.small_filters = parse_number(value).value_or(0);
    if (key == "stopped") problems.push_back("Recording stopped before the program did: " + value);
    if (key == "chunks") {
      const auto written = parse_number(value);
      if (written && *written != info.event_chunks) {
        problems.push_back("The recorder wrote " + counted(*written, "chunk") + " of events, and " +
                           group_digits(info.event_chunks) + " were found.");
      }
    }
    info.properties.emplace_back(key, std::move(value));
  });
  if (has_end_ && !clean) problems.push_back("The end mark does not tell of a clean end.");
  for_each_pair(outcome_, [&](std::string_view key, std::string value) {
    if (key == "end") info.end = std::move(value);
  });
  if (info.end.empty()) info.end = "unknown";

  if (!has_modules_) problems.push_back("The list of loaded programs and libraries is missing: places have no names.");
  std::size_t unreadable = 0;
  for_each_line(modules_, [&](std::string_view line) {
    if (std::optional<Module> module = parse_module(line)) {
      info.modules.push_back(std::move(*module));
    } else {
      ++unreadable;
    }
  });
  if (unreadable > 0) problems.push_back(counted(unreadable, "line") + " of the list of modules cannot be understood.");
}

}  // namespace tenter::analysis
