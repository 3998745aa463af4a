// A trace as the recorder would have written it: what its access filter covers is left out.
#pragma once
#include <vector>

#include "order/step.h"

namespace tenter::analysis::oracle {

std::vector<Step> filtered(const std::vector<Step>& steps);

}  // namespace tenter::analysis::oracle
