#include "check/analyses.h"

#include <algorithm>

#include "finding/describe.h"

namespace tenter::analysis {

const std::vector<AnalysisChoice>& available_analyses() {
  static const std::vector<AnalysisChoice> choices = {
      {"hb",
       "Pairs of conflicting accesses that no synchronization of this run orders (happens-before). Each is a data race "
       "of this very run, but which schedule shows the two side by side is not known."},
      {"shb",
       "Schedulable races: an order of the same steps, with every critical section in its place, has the two accesses "
       "side by side (witness attached and checked). Each is real; what the order of critical sections hides is missed."},
      {"syncp",
       "Predicted races: a reordering of a prefix of this run, each task seeing the same values and critical sections "
       "keeping their order, reaches both accesses (witness attached and checked). All of that kind are found. Valid for "
       "what was recorded; the absence of races is never claimed."},
      {"osr",
       "Predicted races like those of syncp, where critical sections may change places too (witness attached and "
       "checked). Made with --deep; only accesses that are not far apart are paired (--window)."},
      {"deadlock",
       "Waits that this run never got out of, and locks taken in orders that another schedule of this run could "
       "deadlock on (predicted; common gate locks and acquires that cannot overlap are taken into account)."},
      {"spd",
       "Predicted deadlocks: a reordering of a prefix of this run, each task seeing the same values and critical sections "
       "keeping their order, ends with tasks that wait for each other's locks (witness attached and checked). All cycles of that "
       "kind are found, of any length. What `deadlock` says beyond that is possible by the order of locks alone."},
      {"standstill",
       "Predicted deadlocks over locks and something else, and signals that come before the wait: an order of the same steps, "
       "each task seeing the same values, ends with tasks that wait for good, and nobody is left who could let one go on (witness "
       "attached and checked)."},
      {"leak",
       "Tasks and threads that were left behind when the program ended: proven where no live task could ever wake "
       "them, likely where one could have; and tasks that a select would have left behind by another case, which nothing "
       "in this run forbids (predicted)."},
      {"misuse",
       "Misuse of channels, locks and wait groups in this run, and what another schedule of it would show: sends, dones and "
       "unlocks that nothing orders with the close, add or lock that they rely on (predicted)."}};
  return choices;
}

const char* promise_of(const std::string& name) {
  for (const AnalysisChoice& choice : available_analyses())
    if (name == choice.name) return choice.promise;
  return "";
}

bool is_available(const std::string& name) {
  const auto& choices = available_analyses();
  return std::any_of(choices.begin(), choices.end(), [&](const AnalysisChoice& choice) { return name == choice.name; });
}

bool is_prediction(const std::string& name) {
  return name == "shb" || name == "syncp" || name == "osr" || name == "spd" || name == "standstill";
}

std::set<std::string> default_analyses(bool deep) {
  std::set<std::string> names;
  for (const AnalysisChoice& choice : available_analyses())
    if (deep || choice.name != std::string("osr")) names.insert(choice.name);
  return names;
}

std::vector<std::string> names_of_analyses() {
  std::vector<std::string> names;
  for (const AnalysisChoice& choice : available_analyses()) names.emplace_back(choice.name);
  return names;
}

}  // namespace tenter::analysis
