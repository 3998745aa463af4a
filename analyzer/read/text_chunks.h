// The text chunks of a recording (grammar: trace/file.h): modules, process, end and outcome, of each of which the last wins,
// and the reports of another detector, which are all kept.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "read/recording.h"
#include "trace/file.h"

namespace tenter::analysis {

class TextChunks {
 public:
  void take(trace::ChunkKind kind, std::string_view text);
  // Sets program, arguments, end, lost_events, modules and properties, and adds to `problems` what it cannot make
  // sense of.
  void fill(RecordingInfo& info, std::vector<std::string>& problems) const;
  bool has_end() const { return has_end_; }

 private:
  std::string modules_, process_, end_, outcome_;
  std::vector<DetectorReport> reports_;
  bool has_modules_ = false, has_end_ = false;
};

// Undoes the recorder's escapes: \\ is a backslash and \n a line feed; other pairs stay as they are.
std::string unescaped(std::string_view text);

}  // namespace tenter::analysis
