#include "check/losses.h"

#include "base/text.h"

namespace tenter::analysis {

std::vector<std::string> loss_notes(const RecordingInfo& info) {
  std::vector<std::string> notes;
  const auto left_out = [&](std::uint64_t accesses, const char* why) {
    if (accesses > 0)
      notes.push_back(counted(accesses, "access was", "accesses were") + " left out, " + why +
                      ": a race at a place that was not watched is not found.");
  };
  left_out(info.left_out_by_sample, "as sample= asks for");
  left_out(info.left_out_by_size, "to keep the recording within max_size=");
  if (const std::uint64_t lost = info.lost_unasked(); lost > 0)
    notes.push_back(counted(lost, "event was", "events were") + " lost while recording.");
  if (info.small_filters > 0)
    notes.push_back(
        counted(info.small_filters, "thread had", "threads had") +
        " less memory for the recorder's tables than is best. Nothing is lost by that: repeated accesses are "
        "in the recording more than once.");
  return notes;
}

std::string losses_in_short(const RecordingInfo& info) {
  std::string text;
  const auto add = [&](std::uint64_t number, const char* one, const char* many, const char* what) {
    if (number > 0) text += (text.empty() ? "" : ", ") + counted(number, one, many) + what;
  };
  add(info.left_out_by_sample, "access", "accesses", " left out by sample=");
  add(info.left_out_by_size, "access", "accesses", " left out by max_size=");
  add(info.lost_unasked(), "event", "events", " lost");
  if (text.empty()) text = info.complete ? "none lost" : "none lost that we know of, but incomplete";
  return text;
}

}  // namespace tenter::analysis
