// The analyses that `tenter check` can make, and what each promises.
#pragma once
#include <set>
#include <string>
#include <vector>

namespace tenter::analysis {

struct AnalysisChoice {
  const char* name;
  const char* promise;
};

// In the order in which they are listed.
const std::vector<AnalysisChoice>& available_analyses();
const char* promise_of(const std::string& name);
// What is made unless some are chosen: all but osr, which takes long. Predictions from programs that
// may lack reads are made when asked for.
std::set<std::string> default_analyses(bool deep);
bool is_available(const std::string& name);
// Does it look at other orders of the steps of a run?
bool is_prediction(const std::string& name);
// In the same order.
std::vector<std::string> names_of_analyses();

}  // namespace tenter::analysis
