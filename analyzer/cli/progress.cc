#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace tenter::analysis {
namespace {

constexpr std::chrono::seconds silence{2};
constexpr std::chrono::milliseconds between_lines{200};
constexpr const char* wipe = "\r\x1b[K";

std::string rounded(double value) {
  const auto tenths = static_cast<std::uint64_t>(value * 10 + 0.5);
  if (tenths >= 100) return group_digits((tenths + 5) / 10);
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 1);
  if (whole < 60) return std::to_string(whole) + " s";
  if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

}  // namespace

Progress::Screen Progress::to_terminal() {
  const char* kind = std::getenv("TERM");
  const bool can_wipe = kind != nullptr && std::string_view(kind) != "dumb";
  if (!can_wipe || ::isatty(STDERR_FILENO) != 1) return {nullptr, Clock::now};
  return {[](std::string_view text) {
            // A terminal that went away is no reason to stop.
            [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
          },
          Clock::now};
}

Progress::Progress(std::uint64_t total, Screen screen)
    : screen_(std::move(screen)), total_(total), began_(screen_.now()), shown_(began_) {}

Progress::~Progress() {
  if (on_screen_) screen_.write(wipe);
}

void Progress::advance(std::uint64_t bytes, std::uint64_t events) {
  if (!screen_.write) return;
  const std::lock_guard lock(mutex_);
  bytes_ += bytes;
  events_ += events;
  const Clock::time_point now = screen_.now();
  if (now - began_ < silence || now - shown_ < between_lines) return;
  shown_ = now;
  on_screen_ = true;
  screen_.write(wipe + line(std::chrono::duration<double>(now - began_).count()));
}

std::string Progress::line(double seconds) const {
  const double millions = static_cast<double>(events_) / 1e6;
  std::string text = "tenter: ";
  const std::uint64_t done = std::min(bytes_, total_);
  if (done > 0) text += std::to_string(done * 100 / total_) + " %, ";
  text += rounded(millions) + " million events, " + rounded(millions / seconds) + " million a second";
  if (done > 0 && done < total_)
    text += ", " + duration(seconds * static_cast<double>(total_ - done) / static_cast<double>(done)) + " left";
  return text;
}

}  // namespace tenter::analysis
