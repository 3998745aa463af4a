// How a report is to look where that is a matter of taste or of the reader's place. Formats that have no use for a field
// pass over it.
#pragma once
#include <set>
#include <string>

#include "report/source_lines.h"

namespace tenter::analysis {

struct RenderOptions {
  bool color = false;
  bool full_names = false;         // of functions, where they would be shortened
  SourceLines* sources = nullptr;  // null: no excerpts
  std::string folder;              // absolute; files below it are shown relative to it. Empty: all paths in full
  const std::set<std::string>* known = nullptr;  // fingerprints that a baseline has; null: there is no baseline

  bool is_known(const std::string& fingerprint) const { return known != nullptr && known->contains(fingerprint); }
};

// The file as it is called from `folder`: unchanged where it does not lie below.
std::string path_from(const std::string& folder, const std::string& file);

}  // namespace tenter::analysis
