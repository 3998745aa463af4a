// Output is the recording's file: reserves room at its end, writes chunks there, maps windows of it into memory.
//
// Thread-safe: room is reserved by one atomic addition, and everything is then written at its own place. Every function
// may fail for good (disk full, limit on file sizes, descriptor closed by the program): recording then stops
// for the whole process with one sentence on standard error, and the program runs on.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "record/options.h"
#include "record/spin_lock.h"
#include "trace/file.h"

namespace tenter::record {

// What a chunk header says besides the sizes.
struct ChunkLabel {
  trace::ChunkKind kind;
  std::uint32_t stream;
  std::uint32_t sequence;
  std::uint64_t task;
};

// A live chunk, mapped. `header` is followed by the words.
struct Window {
  static constexpr std::size_t word_count = trace::chunk_events_bytes / sizeof(std::uint64_t);
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t stored_bytes = sizeof(trace::LiveHeader) + trace::chunk_events_bytes;
  static constexpr std::size_t mapped_bytes =
      (sizeof(trace::ChunkHeader) + stored_bytes + page_bytes - 1) / page_bytes * page_bytes;

  char* mapping;  // null: no window
  trace::LiveHeader* header;
  std::uint64_t* words;
  std::uint64_t file_offset;  // of the chunk header
};

struct Encoder;

// Which file a descriptor leads to; zeros: none.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  static FileIdentity of(int fd);
  bool operator==(const FileIdentity&) const = default;
  bool known() const { return inode != 0; }
};

class Output {
 public:
  // Opens `path` and writes the file header. Null, or why it did not work, as the end of a sentence.
  // A file that another process is recording to, or that this process began before exec, is left alone: the path gets a
  // suffix. `beside`: so is any file that is there already; process ids come again.
  const char* open(const char* path, bool beside);
  const char* path() const { return path_; }

  // A chunk as it is, and one of events, which are encoded. False: recording has stopped.
  bool write_chunk(const ChunkLabel& label, const void* data, std::size_t size);
  bool write_events(const ChunkLabel& label, const std::uint64_t* words, std::size_t count);
  // Where the next chunk will stand; what is there or later can be taken back, by the only thread that writes.
  std::uint64_t end() const { return end_.load(std::memory_order_relaxed); }
  void take_back_from(std::uint64_t offset);
  bool map_window(Window& out);
  bool map_spare_window(Window& out);            // false also where there is no room, without which recording goes on
  void free_window_space(const Window& window);  // the disk's blocks behind a window that nobody uses any more

  // The file shall not become larger (max_size=). 0: it may.
  void limit_size(std::uint64_t bytes) { size_limit_ = bytes; }
  // Of `asked`, how much of the program's memory is to be watched now that the file has come so near to its limit.
  Share share_to_watch(Share asked) const;

  // Stops recording for the whole process: says `why` once, on standard error.
  void stop(const char* why);
  const char* stopped_because() const { return stopped_because_.load(std::memory_order_acquire); }

  std::uint64_t words_written() const { return words_written_.load(std::memory_order_relaxed); }
  std::uint64_t chunks_written() const { return chunks_written_.load(std::memory_order_relaxed); }

  void forget_file();     // in a forked child: the file is the parent's
  void say_if_deleted();  // at the end: what nobody can find should not be thought recorded

 private:
  bool descriptor_is_ours();
  bool claim(std::size_t size, bool is_last, std::uint64_t& offset);
  bool within_size_limit(std::uint64_t end);
  bool write_fully(const void* data, std::size_t size, std::uint64_t offset);
  void write_padding(std::uint64_t offset, std::size_t size);
  bool map_window(Window& out, bool needed);
  Encoder* borrow_encoder();
  bool write_encoded(const ChunkLabel& label, const std::uint64_t* words, std::size_t count, Encoder& encoder);

  int descriptor_ = -1;
  FileIdentity file_;
  std::uint64_t size_limit_ = 0;
  std::atomic<std::uint64_t> end_{0};            // of the file; the next chunk goes here
  std::atomic<std::uint64_t> words_written_{0};  // statistics: relaxed
  std::atomic<std::uint64_t> chunks_written_{0};
  std::atomic<const char*> stopped_because_{nullptr};
  SpinLock reopen_lock_;
  char path_[Options::max_path + 64] = {};  // absolute where the working directory is known
};

// One sentence of ours on standard error, while descriptor 2 is what it was when the process was started: after that
// the number may be a file of the program's own.
void say(const char* a, const char* b = "", const char* c = "", const char* d = "");
void say_text(const char* text, std::size_t size);
// Before the first of them.
void remember_standard_error();

}  // namespace tenter::record
