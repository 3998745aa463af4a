#include "finding/fingerprint.h"

#include <xxhash.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "finding/function_name.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t frames_per_site = 3;
constexpr char between_parts = '\x1f';  // in no name that a compiler makes

// The frames that a site is made of, innermost first.
std::vector<const Frame*> site_frames(const std::vector<Frame>& stack) {
  std::vector<const Frame*> chosen;
  const auto choose = [&](auto wanted) {
    for (const Frame& frame : stack) {
      // How many functions a compiler makes of initialization, one in another, is up to it.
      if (!chosen.empty() && is_static_initialization(chosen.back()->function)) return;
      if (chosen.size() < frames_per_site && wanted(frame)) chosen.push_back(&frame);
    }
  };
  choose([](const Frame& frame) { return owner_of(frame) == FrameOwner::project; });
  if (chosen.empty())
    choose([](const Frame& frame) { return !frame.function.empty() && owner_of(frame) != FrameOwner::glue; });
  if (chosen.empty()) choose([](const Frame& frame) { return !frame.function.empty(); });
  if (chosen.empty()) choose([](const Frame&) { return true; });
  return chosen;
}

std::string hashed(const std::string& text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (const XXH64_hash_t half : {hash.high64, hash.low64})
    for (int shift = 60; shift >= 0; shift -= 4) hex += digits[(half >> shift) & 15];
  return hex;
}

// Its last name, without what it belongs to and without parameters: of a function that only one file sees, g++ tells neither
// where it has inlined it. A lambda is an operator() like any other then.
std::string function_key(const std::string& function) {
  std::string name = short_function(function);
  if (name.starts_with("lambda in ") || name == "a lambda") return "operator()()";
  const auto last = name.rfind("::", name.find("operator"));
  return last == std::string::npos ? name : name.substr(last + 2);
}

std::string frame_key(const Frame& frame) {
  if (!frame.function.empty()) return function_key(frame.function) + '@' + file_name(frame.file);
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
  const std::vector<const Frame*> chosen = site_frames(stack);
  std::string key;
  for (const Frame* frame : chosen) {
    key += frame_key(*frame);
    if (with_line && frame == chosen.front() && frame->function_line != 0 && frame->line >= frame->function_line &&
        !is_static_initialization(frame->function))
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
  return hashed(text);
}

std::string weak_fingerprint(const Finding& finding) {
  // A set: how many tasks stand in one function, and in which order they are told, is up to the run.
  std::set<std::string> leaves;
  for (const Side& side : finding.sides) {
    const std::vector<const Frame*> frames = site_frames(side.stack);
    if (frames.empty() || frames.front()->function.empty()) return {};
    leaves.insert(function_key(frames.front()->function));
  }
  if (leaves.empty()) return {};
  std::string text = "racePair/leaf";
  for (const std::string_view part : {std::string_view(finding.kind), std::string_view(finding.reason)}) {
    text += between_parts;
    text += part;
  }
  // Of memory that is gone no name is known to every detector, and names of other objects may hold a line.
  if (finding.object && finding.object->kind == "global" && finding.kind != "use-after-free-race") {
    text += between_parts;
    text += finding.object->name;
  }
  for (const std::string& leaf : leaves) {
    text += between_parts;
    text += leaf;
  }
  return hashed(text);
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
