#include "report/render_options.h"

namespace tenter::analysis {

std::string path_from(const std::string& folder, const std::string& file) {
  const bool below =
      !folder.empty() && file.size() > folder.size() + 1 && file.starts_with(folder) && file[folder.size()] == '/';
  return below ? file.substr(folder.size() + 1) : file;
}

}  // namespace tenter::analysis
