// Runs something under the recorder in a process of its own, and reads back what it wrote.
//
//   Recorded run = recorded([] { record::access(&x, 2, true, pc); });
//   EXPECT_EQ(run.of(Op::access_range).size(), 1u);
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/stack_table.h"
#include "read/recording.h"
#include "trace/event.h"

namespace tenter::test {

struct RecordedEvent : analysis::Event {
  std::uint32_t stream = 0;
  std::uint32_t task = 0;
  std::string name;                       // of a name event
  std::vector<std::uint64_t> stack;       // call sites, innermost first
};

struct Recorded {
  std::string path;
  int status = 0;                         // as waitpid gives it
  std::string standard_error;
  std::string refused;                    // why the file could not be read; empty if it could
  analysis::RecordingInfo info;
  std::vector<RecordedEvent> events;      // stream by stream

  std::vector<RecordedEvent> of(trace::Op op) const;
};

struct HowToRecord {
  std::string options;                    // further TENTER_OPTIONS
  bool finish = true;                     // a clean end
};

// `body` runs in a child, between record::start() and record::finish(). Files lie in a directory of this test's own.
Recorded recorded(const std::function<void()>& body, const HowToRecord& how = {});
Recorded read_back(const std::string& path);
std::string recording_directory();

}  // namespace tenter::test
