// Opens a .tent file, checks its frame, and lists what it holds. The only code that trusts nothing:
// any bytes give a Recording, or one sentence, in bounded time and memory.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/stack_table.h"
#include "read/event.h"

namespace tenter::analysis {

// A loaded object (program or shared library) at its place in memory.
struct Module {
  std::string path;
  std::string build_id;        // hex; empty if the file has none
  std::uint64_t load_bias = 0; // address in memory minus address in the file
  std::uint64_t begin = 0;     // addresses covered
  std::uint64_t end = 0;
  bool instrumented = false;
};

// What is known of the recording as a whole.
struct RecordingInfo {
  std::string path;                      // of the .tent file
  std::string program;
  std::vector<std::string> arguments;
  std::uint64_t process_id = 0;
  std::string end;                       // "exited 0", "signal 11", or "unknown" where nothing tells
  bool complete = false;                 // clean-end mark present, nothing lost, no damage
  std::uint64_t lost_events = 0;         // counted by the recorder
  std::vector<std::string> damage;       // one sentence per damaged or missing part
  std::vector<Module> modules;
  std::uint64_t stored_bytes = 0;
  std::uint64_t raw_event_bytes = 0;
};

// Decodes one stream, chunk by chunk, front to back. Keeps one decompressed chunk in memory.
class StreamCursor {
 public:
  virtual ~StreamCursor() = default;
  // The next event, or null at the end of what is sound. Valid until the next call.
  virtual const Event* next() = 0;
  // The task that the thread runs at the next event.
  virtual TaskId task() const = 0;
};

class Recording {
 public:
  virtual ~Recording() = default;
  virtual const RecordingInfo& info() const = 0;
  virtual std::vector<StreamId> streams() const = 0;
  // Stacks of the events go into `stacks`, which must outlive the cursor.
  virtual std::unique_ptr<StreamCursor> open_stream(StreamId stream, StackTable& stacks) const = 0;
};

// Opens a recording made by our recorder.
Result<std::unique_ptr<Recording>> open_recording(const std::string& path);

}  // namespace tenter::analysis
