// The names of a recording without modules: in a foreign trace a place is a number that somebody else gave it.
#pragma once
#include "symbolize/symbolizer.h"

namespace tenter::analysis {

class PlaceNames : public NameSource {
 public:
  void prepare(const std::vector<std::uint64_t>&, const std::vector<std::uint64_t>&) override {}
  // One frame, "place 21".
  const std::vector<Frame>& frames(std::uint64_t place) override;
  std::optional<DataSymbol> data(std::uint64_t) override { return std::nullopt; }
  bool in_module(std::uint64_t) const override { return false; }

 private:
  std::unordered_map<std::uint64_t, std::vector<Frame>> frames_;
};

}  // namespace tenter::analysis
