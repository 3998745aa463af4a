// The frame of a .tent file: which chunks it holds and which of them are sound. Says nothing about what is in them.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "read/byte_source.h"
#include "trace/file.h"
#include "trace/word_codec.h"

namespace tenter::analysis {

// A chunk whose checksum held when the file was scanned, or a live window.
struct ChunkRef {
  std::uint64_t offset = 0;  // of the chunk's header
  std::uint64_t task = 0;
  std::uint32_t stored_size = 0;
  std::uint32_t raw_size = 0;
  std::uint32_t stream = 0;
  std::uint32_t sequence = 0;
  std::uint32_t crc = 0;
  trace::ChunkKind kind{};
  trace::Codec codec{};
  bool whole = true;  // no window, or one that its thread filled before it went on in another
};

struct Frame {
  trace::FileHeader header{};
  std::vector<ChunkRef> events;      // in file order
  std::vector<ChunkRef> windows;     // live chunks that are in use; stream, sequence and task of the LiveHeader
  bool stopped = false;              // a window says that recording stopped before the program did
  std::uint64_t chunks = 0;          // sound ones of any kind
  std::uint64_t unknown_chunks = 0;  // sound, of kinds that a newer recorder wrote
  std::vector<std::string> damage;
};

// A chunk that is not events, once its bytes are known: modules, process, end, outcome.
using TextChunk = std::function<void(trace::ChunkKind, std::string_view text)>;

// Reads the whole file once, front to back, and checks every checksum. After a damaged place it goes on at the next
// sound chunk. Time is linear in the file's size whatever is in it; memory grows with the number of chunks.
// `name` begins the sentence of an error.
Result<Frame> scan_frame(const ByteSource& source, const std::string& name, const TextChunk& on_text);

// Whether these first bytes of a file are those of a recording, as far as they go.
bool begins_like_recording(std::span<const std::byte> start);

// The chunk's bytes after decompression, checked again: the file may have changed since the scan. Empty and a
// sentence in `problem` where that fails. Never makes more than max_chunk_bytes.
class ChunkReader {
 public:
  explicit ChunkReader(const ByteSource& source) : source_(source) {}
  ~ChunkReader();
  ChunkReader(const ChunkReader&) = delete;
  ChunkReader& operator=(const ChunkReader&) = delete;
  bool read(const ChunkRef& chunk, std::vector<std::uint64_t>& words, std::size_t& bytes, std::string& problem);

 private:
  const ByteSource& source_;
  std::vector<std::byte> stored_;
  void* decompressor_ = nullptr;
  trace::WordPredictor predictor_;
};

}  // namespace tenter::analysis
