#include "finding/lineless_races.h"

#include <array>
#include <string>
#include <tuple>

namespace tenter::analysis {
namespace {

struct Place {
  std::string file, function;
  std::uint32_t line = 0, column = 0;
  std::string code, module;  // the function that was compiled, whatever was inlined into it

  bool has_line() const { return line != 0; }
};

Place place_at(const Access& access, Describer& describe) {
  const std::vector<Frame>& frames = describe.frames(access.where.pc);
  if (access.where.pc == 0 || frames.empty()) return {};
  const Frame& inner = frames.front();
  const Frame& outer = frames.back();
  return {inner.file, inner.function, inner.line, inner.column, outer.function, outer.module};
}

bool tells(const Place& told, const Place& asked) {
  if (asked.has_line())
    return std::tie(told.file, told.function, told.line, told.column) ==
           std::tie(asked.file, asked.function, asked.line, asked.column);
  return !asked.code.empty() && told.code == asked.code && told.module == asked.module;
}

bool overlap(const Access& a, const Access& b) {
  return a.address < b.address + b.size && b.address < a.address + a.size;
}

}  // namespace

std::vector<std::optional<std::size_t>> told_with_lines(const std::vector<RaceCandidate>& races, Describer& describe) {
  std::vector<std::array<Place, 2>> places;
  for (const RaceCandidate& race : races)
    places.push_back({place_at(race.left, describe), place_at(race.right, describe)});

  const auto has_lines = [&](std::size_t i) { return places[i][0].has_line() && places[i][1].has_line(); };
  const auto is_free = [&](std::size_t i) {
    return races[i].left.kind == AccessKind::free || races[i].right.kind == AccessKind::free;
  };
  std::vector<std::optional<std::size_t>> result(races.size());
  for (std::size_t i = 0; i < races.size(); ++i) {
    if (has_lines(i) || is_free(i)) continue;
    for (std::size_t j = 0; j < races.size() && !result[i]; ++j) {
      if (!has_lines(j) || is_free(j) || (races[j].predicted && !races[i].predicted)) continue;
      if (!overlap(races[i].left, races[j].left)) continue;
      const bool straight = tells(places[j][0], places[i][0]) && tells(places[j][1], places[i][1]);
      const bool crossed = tells(places[j][1], places[i][0]) && tells(places[j][0], places[i][1]);
      if (straight || crossed) result[i] = j;
    }
  }
  return result;
}

}  // namespace tenter::analysis
