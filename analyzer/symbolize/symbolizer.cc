#include "symbolize/symbolizer.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "symbolize/elf_build_id.h"

namespace tenter::analysis {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_name_bytes = 4096;
constexpr std::size_t max_inlined_frames = 64;
const std::string by_build_id = "BUILDID:";

std::string capped(std::string text) {
  if (text.size() > max_name_bytes) {
    text.resize(max_name_bytes);
    text += "...";
  }
  return text;
}

std::string text_field(const Json& object, const char* key) {
  const auto field = object.find(key);
  return field != object.end() && field->is_string() ? capped(field->get<std::string>()) : std::string();
}

std::uint32_t number_field(const Json& object, const char* key) {
  const auto field = object.find(key);
  if (field == object.end() || !field->is_number_unsigned()) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(field->get<std::uint64_t>(), UINT32_MAX));
}

std::uint64_t hex_field(const Json& object, const char* key) {
  std::string text = text_field(object, key);
  if (!text.starts_with("0x")) return 0;
  std::uint64_t value = 0;
  std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  return value;
}

std::string hex(std::uint64_t value) {
  char digits[17];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  return "0x" + std::string(digits, end);
}

// llvm-symbolizer splits its input at spaces unless the file is quoted, and knows no escapes: a path that holds
// both kinds of quotes or a newline cannot be asked about.
std::string quoted(const std::string& path) {
  if (path.find_first_of("\n\r") != std::string::npos) return {};
  if (path.find('"') == std::string::npos) return '"' + path + '"';
  if (path.find('\'') == std::string::npos) return '\'' + path + '\'';
  return {};
}

std::optional<DataSymbol> variable_of(const std::string& answer, const MappedModule& module, std::uint64_t offset) {
  const Json parsed = Json::parse(answer, nullptr, /*allow_exceptions=*/false);
  const auto found = parsed.is_object() ? parsed.find("Data") : parsed.end();
  if (!parsed.is_object() || found == parsed.end() || !found->is_object()) return std::nullopt;
  DataSymbol symbol{text_field(*found, "Name"), module.path, 0, hex_field(*found, "Size")};
  const std::uint64_t start = hex_field(*found, "Start");
  // The symbolizer answers with the nearest symbol below; it counts only if it reaches this byte.
  if (symbol.name.empty() || offset < start || offset - start >= std::max<std::uint64_t>(symbol.size, 1))
    return std::nullopt;
  symbol.address = start + module.load_bias;
  return symbol;
}

bool is_hex(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// By the time that nobody can set: of the last change to the file's bytes, its owner or its name.
bool changed_since(const std::string& path, std::uint64_t since_ns) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return true;
  constexpr std::uint64_t second = 1'000'000'000;
  return static_cast<std::uint64_t>(status.st_ctim.tv_sec) * second +
             static_cast<std::uint64_t>(status.st_ctim.tv_nsec) >
         since_ns;
}

std::vector<Frame> frames_of(const std::string& answer, const std::string& module, std::uint64_t offset) {
  std::vector<Frame> frames;
  const Json parsed = Json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_object()) {
    if (const auto symbols = parsed.find("Symbol"); symbols != parsed.end() && symbols->is_array()) {
      for (const Json& symbol : *symbols) {
        if (!symbol.is_object() || frames.size() == max_inlined_frames) continue;
        Frame frame;
        frame.function = text_field(symbol, "FunctionName");
        frame.file = text_field(symbol, "FileName");
        frame.line = number_field(symbol, "Line");
        frame.column = number_field(symbol, "Column");
        frame.function_line = number_field(symbol, "StartLine");
        frame.module = module;
        frame.offset = offset;
        frames.push_back(std::move(frame));
      }
    }
  }
  // All but the outermost of the frames at one address are inlined into it.
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) frames[i].inlined = true;
  if (frames.empty()) {
    Frame bare;
    bare.module = module;
    bare.offset = offset;
    frames.push_back(std::move(bare));
  }
  return frames;
}

}  // namespace

Symbolizer::Symbolizer(const std::vector<MappedModule>& modules, Settings settings)
    : recorded_ns_(settings.recorded_ns) {
  for (const MappedModule& module : modules) modules_.emplace(module.begin, module);
  if (!settings.program.empty())
    process_ =
        std::make_unique<SymbolizerProcess>(std::move(settings.program), settings.limits, std::move(settings.sources));
}

const MappedModule* Symbolizer::module_at(std::uint64_t address) const {
  // Loaded modules do not overlap; one that was unloaded may lie beneath its successor, so a few steps back suffice.
  constexpr int steps_back = 16;
  auto after = modules_.upper_bound(address);
  for (int step = 0; step < steps_back && after != modules_.begin(); ++step) {
    --after;
    if (address < after->second.end) return &after->second;
  }
  return nullptr;
}

const std::string& Symbolizer::way_to(const MappedModule& module) {
  const auto [entry, is_new] = ways_.try_emplace({module.path, module.build_id});
  if (!is_new) return entry->second;
  if (!module.path.starts_with('/')) return entry->second;  // [vdso] and the like
  const std::optional<std::string> on_disk = build_id_of_file(module.path);
  std::string why;
  if (!on_disk) {
    why = "it is not there or not a readable program file";
  } else if (!module.build_id.empty() && *on_disk != module.build_id) {
    why = "it was built anew since the recording (build-id " + module.build_id + " was recorded)";
  } else if (module.build_id.empty() && !on_disk->empty()) {
    why = "it was built anew since the recording (it had no build-id then, and has " + *on_disk + " now)";
  } else if (module.build_id.empty() && changed_since(module.path, recorded_ns_)) {
    why =
        "it has no build-id, and the file was changed or put there after the recording began; link with -Wl,--build-id";
  } else if (quoted(module.path).empty()) {
    why = "llvm-symbolizer cannot be given such a path";
  } else {
    entry->second = quoted(module.path);
    return entry->second;
  }
  distrusted_[module.path] = why;
  // Debug information may have been kept for the build that was recorded.
  if (is_hex(module.build_id)) {
    entry->second = by_build_id + module.build_id;
    named_elsewhere_[module.path];
  }
  return entry->second;
}

void Symbolizer::prepare(const std::vector<std::uint64_t>& return_addresses,
                         const std::vector<std::uint64_t>& data_addresses) {
  struct Pending {
    std::uint64_t address, offset;
    const MappedModule* module;
    bool code;
  };
  struct Batch {
    std::vector<Pending> pending;
    std::vector<std::string> questions;
  };
  std::map<std::string, Batch> batches;  // by module
  const auto consider = [&](std::uint64_t address, std::uint64_t looked_up, bool code) {
    const MappedModule* module = module_at(looked_up);
    const std::uint64_t offset = module != nullptr ? looked_up - module->load_bias : looked_up;
    if (code) frames_[address] = frames_of({}, module != nullptr ? module->path : std::string(), offset);
    else data_[address] = std::nullopt;
    if (module == nullptr) return;
    needed_names_ = true;
    if (!process_) return;
    const std::string& way = way_to(*module);
    if (way.empty()) return;
    Batch& batch = batches[way];
    batch.questions.push_back((code ? "CODE " : "DATA ") + way + ' ' + hex(offset));
    batch.pending.push_back({address, offset, module, code});
  };
  // The callback returns behind the access; one byte before is inside the instruction that called it.
  for (const std::uint64_t address : return_addresses)
    if (address != 0 && !frames_.contains(address)) consider(address, address - 1, true);
  for (const std::uint64_t address : data_addresses)
    if (!data_.contains(address)) consider(address, address, false);
  for (const auto& [way, batch] : batches) {
    const int failures = process_->failures();
    const std::vector<std::string> answers = process_->ask(batch.questions);
    Batch split_off;
    if (process_->failures() > failures) gave_up_on_.insert(batch.pending.front().module->path);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const Pending& asked = batch.pending[i];
      if (asked.code) {
        const std::vector<Frame>& frames = frames_[asked.address] =
            frames_of(answers[i], asked.module->path, asked.offset);
        if (const auto elsewhere = named_elsewhere_.find(asked.module->path); elsewhere != named_elsewhere_.end())
          elsewhere->second |= !frames.front().function.empty();
        if (asked.module->instrumented)
          has_lines_[asked.module->path] |=
              std::any_of(frames.begin(), frames.end(), [](const Frame& frame) { return frame.line != 0; });
        continue;
      }
      data_[asked.address] = variable_of(answers[i], *asked.module, asked.offset);
      // A stripped file has no names of variables; what was split off from it may.
      if (!data_[asked.address] && is_hex(asked.module->build_id) && !way.starts_with(by_build_id)) {
        split_off.questions.push_back("DATA " + (by_build_id + asked.module->build_id) + ' ' + hex(asked.offset));
        split_off.pending.push_back(asked);
      }
    }
    if (split_off.questions.empty()) continue;
    const std::vector<std::string> further = process_->ask(split_off.questions);
    for (std::size_t i = 0; i < further.size(); ++i) {
      const Pending& asked = split_off.pending[i];
      data_[asked.address] = variable_of(further[i], *asked.module, asked.offset);
    }
  }
}

const std::vector<Frame>& Symbolizer::frames(std::uint64_t return_address) {
  if (!frames_.contains(return_address)) {
    if (return_address == 0) frames_[0] = {Frame{}};
    else prepare({return_address}, {});
  }
  return frames_[return_address];
}

std::optional<DataSymbol> Symbolizer::data(std::uint64_t address) {
  if (!data_.contains(address)) prepare({}, {address});
  return data_[address];
}

std::vector<std::string> Symbolizer::notes() const {
  std::vector<std::string> sentences;
  if (needed_names_ && !process_)
    sentences.push_back(
        "function names and lines are missing because no llvm-symbolizer was found: install the Debian "
        "package llvm-19, or set TENTER_SYMBOLIZER to one");
  for (const auto& [path, why] : distrusted_) {
    const auto elsewhere = named_elsewhere_.find(path);
    if (elsewhere == named_elsewhere_.end() || !elsewhere->second)
      sentences.push_back("no names for code in " + path + ": " + why);
  }
  for (const auto& [path, has_lines] : has_lines_)
    if (!has_lines && !distrusted_.contains(path) && !gave_up_on_.contains(path))
      sentences.push_back("no lines for code in " + path +
                          ": it has no debug information; build it with -g, and check "
                          "where it is not stripped");
  for (const std::string& path : gave_up_on_)
    sentences.push_back(
        "some names and lines are missing for code in " + path +
        ": llvm-symbolizer broke down on its debug information, or took too long or too much memory over it");
  return sentences;
}

}  // namespace tenter::analysis
