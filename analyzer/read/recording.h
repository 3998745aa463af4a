// Opens a .tent file, checks its frame, and lists what it holds. The only code that trusts nothing:
// any bytes give a Recording, or one sentence, in bounded time and memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/stack_table.h"
#include "read/detector_report.h"
#include "read/event.h"

namespace tenter::analysis {

// A loaded object (program or shared library) at its place in memory.
struct Module {
  std::string path;
  std::string build_id;         // hex; empty if the file has none
  std::uint64_t load_bias = 0;  // address in memory minus address in the file
  std::uint64_t begin = 0;      // addresses covered
  std::uint64_t end = 0;
  bool instrumented = false;
};

// What is known of the recording as a whole.
struct RecordingInfo {
  std::string path;  // of the .tent file
  std::string program;
  std::vector<std::string> arguments;
  std::uint64_t process_id = 0;
  std::uint64_t start_time_ns = 0;  // since the epoch; 0 where nothing tells
  std::uint16_t format_minor = 0;   // of the recorder that wrote it; 0 where it is in no format of ours
  std::string end;                  // "exited 0", "signal 11", "exec", or "unknown" where nothing tells
  bool complete = false;            // clean-end mark present, nothing lost, no damage
  std::uint64_t lost_events = 0;    // counted by the recorder
  // Of these, the accesses that it left out on request: TENTER_OPTIONS with sample= or max_size=.
  std::uint64_t left_out_by_sample = 0, left_out_by_size = 0;
  std::uint64_t small_filters = 0;  // threads with less memory than they should have had: no loss, a larger recording
  std::uint64_t lost_unasked() const {
    const std::uint64_t asked = left_out_by_sample + left_out_by_size;
    return lost_events > asked ? lost_events - asked : 0;
  }
  std::vector<std::string> damage;  // one sentence per damaged or missing part
  // Something before the end is missing, or recording stopped before the program did: how the streams end is not how the
  // program stood. A missing clean-end mark alone leaves no holes.
  bool has_holes = false;
  // Locks, by address and sorted, of which the recording contradicts itself: two tasks hold one at the same time, or one gives
  // back what another holds. `damage` says so; what else looks wrong about their use is no more to be believed.
  std::vector<std::uint64_t> contradicted_locks;
  std::vector<Module> modules;
  // Who found the races while the program ran ("tsan"), and what it reported. Empty: nobody did, and the accesses are recorded.
  // Where somebody did, the library's own order is recorded and that of the program's threads, locks and atomics is not.
  std::string detector;
  std::vector<DetectorReport> reports;
  std::uint64_t stored_bytes = 0;        // of the whole file
  std::uint64_t raw_event_bytes = 0;     // of sound event chunks, decompressed
  std::uint64_t stored_event_bytes = 0;  // the same as they lie in the file
  std::uint64_t chunks = 0;              // sound chunks of any kind
  std::uint64_t event_chunks = 0;
  std::uint64_t windows_used = 0;  // threads whose last events were taken from an unsealed window
  // What else the recorder said of the process and of the end, in its order: "cwd", "compiler", "version", ...
  std::vector<std::pair<std::string, std::string>> properties;
};

// Decodes one stream, chunk by chunk, front to back. Keeps one decompressed chunk in memory.
class StreamCursor {
 public:
  virtual ~StreamCursor() = default;
  // Makes the next event of the one before: `event` is what the last call left, and a new one at first. False at the end of what
  // is sound. What the event's text lies in is valid until the next call.
  virtual bool next(Event& event) = 0;
  // Makes as many events as come next in the same chunk, fit into `room` and are small plain accesses of one task; and then `event`, as
  // next() does, if that is one of another kind. Maybe none of all these where next() would make one.
  virtual Made accesses(Event& /*event*/, std::span<PlainAccess> /*room*/) { return {}; }
  // The task that the thread runs at the next event. Streams may change it without a task_resume event.
  TaskId task() const { return task_; }
  // The thread's own task; no_task where the recording does not tell it.
  TaskId thread() const { return thread_; }
  // Where in the file the chunk with the next event begins: roughly when it happened, compared with other streams.
  std::uint64_t position() const { return position_; }
  // How many words the events so far took, with the calls and code addresses written for their sake.
  virtual std::uint64_t words() const { return 0; }
  // Memory that release() would give back until the next call of next().
  virtual std::size_t resident_bytes() const { return 0; }
  virtual void release() {}

 protected:
  // All are asked for at every event: whoever reads keeps them up to date.
  TaskId task_ = no_task, thread_ = no_task;
  std::uint64_t position_ = 0;
};

// Cursors may be used in several threads, one each. What a cursor finds unsound while it decodes goes to info(), so
// read info() when no cursor is at work: `damage`, `complete` and `lost_events` are final once every stream was read.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual const RecordingInfo& info() const = 0;
  virtual std::vector<StreamId> streams() const = 0;
  // What the recording calls the object that begins there, beside the names that its events tell. Empty where it says nothing.
  virtual std::string object_name(std::uint64_t /*address*/) const { return {}; }
  // Stacks of the events go into `stacks`, which must outlive the cursor.
  virtual std::unique_ptr<StreamCursor> open_stream(StreamId stream, StackTable& stacks) const = 0;
};

// Opens a recording by what is in it, whatever its name: one made by our recorder, or RAPID's STD text (std_text.h).
// An error's exit code is ExitCode::input.
//
//   auto recording = open_recording("app.tent");
//   if (!recording) return fail(recording.error());
//   for (StreamId stream : (*recording)->streams()) ...
Result<std::unique_ptr<Recording>> open_recording(const std::string& path);

// The same from memory; `name` stands for the path.
Result<std::unique_ptr<Recording>> open_recording_bytes(const std::string& name, std::vector<std::byte> bytes);

}  // namespace tenter::analysis
