// What the symbolizer has to know of the modules that a recording names. Pure: any thread may call it.
#pragma once
#include <vector>

#include "read/recording.h"
#include "symbolize/symbolizer.h"

namespace tenter::analysis {

//   Symbolizer symbols(mapped_modules(recording.info()), {});
std::vector<MappedModule> mapped_modules(const RecordingInfo& info);

}  // namespace tenter::analysis
