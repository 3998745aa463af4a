#include "finding/fingerprint.h"

#include <xxhash.h>

#include <algorithm>

#include "base/text.h"
#include "finding/function_name.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t frames_per_site = 3;
constexpr char between_parts = '\x1f';  // in no name that a compiler makes

std::string frame_key(const Frame& frame) {
  // Without parameters: compilers do not tell those of functions that only one file sees.
  if (!frame.function.empty()) return short_function(frame.function) + '@' + file_name(frame.file);
  return file_name(frame.module) + '+' + hex_number(frame.offset);
}

}  // namespace

const Frame* frame_to_show(const std::vector<Frame>& stack) {
  if (stack.empty()) return nullptr;
  const auto first = [&](auto wanted) { return std::find_if(stack.begin(), stack.end(), wanted); };
  auto frame = first([](const Frame& one) { return owner_of(one) == FrameOwner::project; });
  // A library's public function says more than what it is made of.
  if (frame == stack.end())
    frame = first([](const Frame& one) { return owner_of(one) == FrameOwner::library && !one.file.empty(); });
  if (frame == stack.end()) frame = first([](const Frame& one) { return !one.file.empty(); });
  return frame == stack.end() ? &stack.front() : &*frame;
}

std::string site_key(const std::vector<Frame>& stack, bool with_line) {
  std::vector<const Frame*> chosen;
  const auto choose = [&](auto wanted) {
    for (const Frame& frame : stack)
      if (chosen.size() < frames_per_site && wanted(frame)) chosen.push_back(&frame);
  };
  choose([](const Frame& frame) { return owner_of(frame) == FrameOwner::project; });
  if (chosen.empty())
    choose([](const Frame& frame) { return !frame.function.empty() && owner_of(frame) != FrameOwner::glue; });
  if (chosen.empty()) choose([](const Frame& frame) { return !frame.function.empty(); });
  if (chosen.empty()) choose([](const Frame&) { return true; });
  std::string key;
  for (const Frame* frame : chosen) {
    key += frame_key(*frame);
    if (with_line && frame == chosen.front() && frame->function_line != 0 && frame->line >= frame->function_line)
      key += ':' + std::to_string(frame->line - frame->function_line);
    key += '|';
  }
  return key;
}

std::string fingerprint(std::string_view kind, std::string_view object, const std::vector<std::string>& parts) {
  std::string text = "racePair/v1";
  for (const std::string_view part : {kind, object}) {
    text += between_parts;
    text += part;
  }
  for (const std::string& part : parts) {
    text += between_parts;
    text += part;
  }
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const XXH64_hash_t half : {hash.high64, hash.low64})
    for (int shift = 60; shift >= 0; shift -= 4) hex += digits[(half >> shift) & 15];
  return hex;
}

std::vector<std::string> rotated_to_smallest(std::vector<std::string> cycle) {
  // Several parts may be equal: the smallest rotation as a whole is the same wherever the cycle was entered.
  std::vector<std::string> best = cycle;
  for (std::size_t i = 1; i < cycle.size(); ++i) {
    std::rotate(cycle.begin(), cycle.begin() + 1, cycle.end());
    best = std::min(best, cycle);
  }
  return best;
}

}  // namespace tenter::analysis
