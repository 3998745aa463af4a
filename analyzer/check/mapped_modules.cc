#include "check/mapped_modules.h"

namespace tenter::analysis {

std::vector<MappedModule> mapped_modules(const RecordingInfo& info) {
  std::vector<MappedModule> modules;
  for (const Module& module : info.modules)
    modules.push_back({module.path, module.build_id, module.load_bias, module.begin, module.end, module.instrumented});
  return modules;
}

}  // namespace tenter::analysis
