#include "symbolize/place_names.h"

namespace tenter::analysis {

const std::vector<Frame>& PlaceNames::frames(std::uint64_t place) {
  std::vector<Frame>& known = frames_[place];
  if (known.empty()) {
    Frame frame;
    frame.function = "place " + std::to_string(place);
    frame.offset = place;
    known.push_back(std::move(frame));
  }
  return known;
}

}  // namespace tenter::analysis
