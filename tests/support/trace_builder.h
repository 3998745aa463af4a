// TraceBuilder makes a well-formed .tent file from calls, as if a program had been recorded. The order of the calls is the
// order of what happened: tickets are counted as they come. One thread at a time; wrong use ends the test program.
//
//   TraceBuilder trace;
//   ThreadBuilder& main = trace.main();              // task 1
//   ThreadBuilder& worker = main.spawn();            // task 2, on a stream of its own
//   main.at(0x1010).lock(0x5000).write(0x6000).unlock(0x5000);
//   worker.at(0x2010).read(0x6000).end();
//   main.join(worker).end();
//   Result<...> recording = open_recording_bytes("test.tent", trace.bytes());
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "trace/event.h"
#include "trace/file.h"

namespace tenter::analysis {

class TraceBuilder;

// One OS thread. Every function adds events at the current code address (at) and returns the thread again.
class ThreadBuilder {
 public:
  ThreadBuilder& at(std::uint64_t pc);                  // return address of the next events' callbacks
  ThreadBuilder& enter(std::uint64_t call_site);
  ThreadBuilder& leave(std::uint64_t functions = 1);

  ThreadBuilder& read(std::uint64_t address, std::uint64_t size = 8);
  ThreadBuilder& write(std::uint64_t address, std::uint64_t size = 8);
  ThreadBuilder& access_range(std::uint64_t address, std::uint64_t size, std::uint8_t access_flags);

  // One ordered event with the next ticket of the object's stripe; `value` goes into extra[1].
  ThreadBuilder& sync(trace::Op op, std::uint64_t object, std::uint8_t flags = 0, std::uint8_t arg = 0);
  ThreadBuilder& sync_value(trace::Op op, std::uint64_t object, std::uint64_t value, std::uint8_t flags = 0,
                            std::uint8_t arg = 0);
  // An event without a ticket and, in the second form, with extra[0].
  ThreadBuilder& plain(trace::Op op, std::uint64_t payload, std::uint8_t flags = 0);
  ThreadBuilder& plain_value(trace::Op op, std::uint64_t payload, std::uint64_t value, std::uint8_t flags = 0);

  ThreadBuilder& lock(std::uint64_t mutex, std::uint8_t flags = 0, trace::LockKind kind = trace::LockKind::mutex);
  ThreadBuilder& unlock(std::uint64_t mutex, std::uint8_t flags = 0, trace::LockKind kind = trace::LockKind::mutex);
  ThreadBuilder& atomic(trace::Op op, std::uint64_t address, trace::MemoryOrder order, std::uint8_t size = 8);
  ThreadBuilder& alloc(std::uint64_t address, std::uint64_t size, trace::MemoryKind kind = trace::MemoryKind::heap);
  ThreadBuilder& free(std::uint64_t address, std::uint64_t size = 0, trace::MemoryKind kind = trace::MemoryKind::heap);
  ThreadBuilder& name(trace::NameOf what, std::uint64_t id_or_address, std::string_view text);
  ThreadBuilder& wait_begin(trace::WaitKind kind, std::uint64_t object);
  ThreadBuilder& wait_end();

  ThreadBuilder& spawn();                               // a new thread, created and started; returns the new one
  std::uint32_t create_task();                          // only its creation; returns its id
  ThreadBuilder& start_task(std::uint32_t task);        // resume and start of a task made by create_task()
  ThreadBuilder& resume(std::uint32_t task);            // 0: this thread's own task
  ThreadBuilder& suspend();
  ThreadBuilder& end_task();                            // of the task that runs here
  ThreadBuilder& join(const ThreadBuilder& other);
  ThreadBuilder& end();                                 // of the thread itself

  ThreadBuilder& word(trace::Word raw);                 // as it is, whatever it means
  ThreadBuilder& seal();                                // what comes next goes into another chunk
  // The same, after a kill: what is there so far lies in a window, which says that it holds so many words; 0: it says nothing.
  ThreadBuilder& leave_in_window(std::uint64_t full_words);
  std::size_t words() const { return words_.size(); }   // of the chunk so far

  std::uint32_t stream() const { return stream_; }
  std::uint32_t own_task() const { return own_task_; }
  std::uint32_t task() const { return task_; }

 private:
  friend class TraceBuilder;
  ThreadBuilder(TraceBuilder& trace, std::uint32_t stream, std::uint32_t task)
      : trace_(trace), stream_(stream), own_task_(task), task_(task), chunk_task_(task) {}
  void begin_event(std::size_t words);
  void begin_chunk();
  void put(trace::Word word) { words_.push_back(word); }

  TraceBuilder& trace_;
  std::uint32_t stream_;
  std::uint32_t sequence_ = 0;
  std::uint32_t own_task_;
  std::uint32_t task_;
  std::uint64_t chunk_task_;
  std::uint64_t pc_ = 0;           // of the next event
  std::uint64_t written_pc_ = 0;   // what the reader takes for the current one
  std::vector<std::uint64_t> callers_;
  std::vector<trace::Word> words_;
};

// Where a chunk lies in the bytes.
struct ChunkPlace {
  std::size_t offset = 0;          // of its header
  std::size_t size = 0;            // header, stored bytes and padding
  trace::ChunkKind kind{};
  std::uint32_t stream = 0;
  std::uint32_t sequence = 0;
};

class TraceBuilder {
 public:
  struct Options {
    trace::Codec codec = trace::Codec::none;
    std::size_t words_per_chunk = trace::chunk_events_bytes / sizeof(trace::Word);
    std::string program = "/usr/bin/program";
    bool unsealed = false;         // as after kill -9: the last events of every thread lie in windows, no end mark
    bool end_mark = true;
    std::string modules = "400000 500000 400000 abcdef01 1 /usr/bin/program\n";
    std::string end = "clean=1\nstatus=0\nlost_events=0\n";
    std::string outcome;           // empty: no such chunk
  };
  TraceBuilder() : TraceBuilder(Options{}) {}
  explicit TraceBuilder(Options options);
  TraceBuilder(const TraceBuilder&) = delete;
  TraceBuilder& operator=(const TraceBuilder&) = delete;

  ThreadBuilder& main();                                     // the first call starts task 1
  // A thread that nobody created, on the given stream, without a start event.
  ThreadBuilder& foreign_thread(std::uint32_t stream, std::uint32_t task);
  std::uint32_t new_task() { return ++last_task_; }
  trace::Word ticket(std::uint64_t object, std::uint8_t arg);   // the next of the object's stripe
  static std::uint32_t stripe_of(std::uint64_t object);

  // A chunk of any contents: sizes and checksum are filled in, the rest of `header` is taken as it is.
  void add_chunk(trace::ChunkHeader header, std::string_view stored, std::uint32_t raw_size);

  // Seals what is open and closes the file; no more events after it.
  const std::vector<std::byte>& bytes();
  const std::vector<ChunkPlace>& chunks() const { return chunks_; }
  void write_to(const std::string& path);

 private:
  friend class ThreadBuilder;
  void seal(ThreadBuilder& thread);
  void add_window(ThreadBuilder& thread, std::uint64_t full_words);
  void add_text(trace::ChunkKind kind, std::string_view text);
  void append(const void* bytes, std::size_t size);

  Options options_;
  std::vector<std::byte> bytes_;
  std::vector<ChunkPlace> chunks_;
  std::deque<ThreadBuilder> threads_;    // a deque: threads are handed out by reference
  std::vector<std::uint64_t> counts_;    // by stripe
  std::uint32_t last_stream_ = 0;
  std::uint32_t last_task_ = 0;
  bool closed_ = false;
};

// Makes the checksum of the chunk at `offset` right again after its bytes were changed.
void reseal(std::vector<std::byte>& recording, std::size_t offset);

}  // namespace tenter::analysis
