#include "conformance.h"

namespace tenter {
namespace {

const std::vector<Place> task_places{Place{1, true},    Place{2, true},    Place{4, true},
                                     Place{1, true, 1}, Place{1, true, 2}, Place{1, true, 3}};

std::vector<Place> and_threads(std::vector<Place> places) {
  places.push_back(Place{2, false});
  return places;
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Places, Conformance, testing::ValuesIn(and_threads(task_places)), place_name);
INSTANTIATE_TEST_SUITE_P(Places, ConformanceOfTasks, testing::ValuesIn(task_places), place_name);

}  // namespace tenter
