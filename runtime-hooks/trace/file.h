// A recording is a file header and then chunks until the end of the file. Every number is little-endian.
//
// A chunk is a ChunkHeader and `stored_size` bytes, padded with zeros to a multiple of 8. Each chunk is
// self-contained: the events in it can be decoded without any other chunk. The code address starts
// at 0 and the call stack starts empty; the task is given by the header. A chunk's CRC32C covers its header (with
// the crc field as 0) and its stored bytes.
//
// `live` chunks are the exception: a window of fixed size, memory-mapped by the running program, in
// which a thread writes its events before they are sealed into an `events` chunk. After a kill -9 the
// window still holds them. It has no CRC; its first 64 bytes are a LiveHeader, then words up to the first zero word.
// The reader uses a live chunk only if its sequence number is one that its stream lacks.
//
// A thread may have two windows, and turn to the other one when the first is full, which is sealed while the thread goes
// on. So the chunk of a later number may be written first, and a stream may lack several: windows with full_words stand for
// those. Where the thread turns, full_words is written to the one window first, and then the stream to the other.
//
// A window is sealed in this order: the events chunk is written; the window's words are zeroed; LiveHeader.task and
// then LiveHeader.sequence move on or, where the thread did, LiveHeader.stream becomes 0. A process that is killed in between leaves either both the chunk and a
// window with the same number, which the reader passes over, or a window without words. Events are stored
// extra words first, first word last, so the word that a kill leaves out is the one that makes an event.
//
// Space in the file is reserved before it is filled, so a killed process may also leave zeros, a multiple of 8
// bytes, where a chunk was about to be written, and so may a file that was extended. The reader goes on at
// the next chunk_magic at a multiple of 8. `padding` chunks keep windows aligned to pages; like `live` they have crc 0.
//
// Text chunks (codec none, UTF-8 where the system gave UTF-8, no final zero). Lines end with \n. In values and paths
// a backslash is written \\ and a line feed \n. A reader ignores keys that it does not know.
//
//   modules   line = begin SP end SP bias SP build_id SP instrumented SP path LF
//             begin, end, bias: lower-case hex without 0x; addresses covered, and memory minus file address.
//             build_id: lower-case hex, or - ; instrumented: 0 or 1 ; path: to the end of the line, may be empty.
//             Each modules chunk lists all objects seen so far, those unloaded again included; the last chunk wins.
//             Where two objects cover one address, the later line is the object that was loaded later.
//   process   key=value lines, written first: program (absolute path of the executable), pid, argv0, argv1, ..., cwd,
//             options (TENTER_OPTIONS as given), recorder (version), machine (x86_64), detector
//             (tsan, where that finds the races and plain accesses are not recorded), forked_from (pid of the
//             parent whose recording this one continues; absent otherwise). The last process chunk wins.
//   end       key=value lines, written last: clean=1, status (as given to exit), lost_events, words (64-bit words
//             written as events), chunks (events chunks written), stopped (a sentence; only where recording
//             stopped before the program did, for instance because the disk was full).
//   outcome   key=value lines: end=exited N | signal N
//   report    key=value lines, one chunk for each report of the detector that the process chunk names (detector=tsan). Numbers
//             are lower-case hex, PC stands for return addresses, innermost first, T for the detector's number of a thread:
//             what=the detector's own word, such as data-race
//             access=T read|write plain|atomic ADDRESS SIZE PC...
//             held=exclusive|shared ADDRESS   a lock that was held at the access of the last such line
//             memory=heap|global|stack|tls|... BEGIN SIZE T PC...   where it was allocated; task-stack has a task for T
//             mutex=ADDRESS PC...   where it was created
//             stack=PC...
//             by=T   as many as there are stacks: whose each is; half as many: whose the first two are, the next two ...
//             thread=T TASK PARENT_T PC...   TASK: the recording's number of it, or 0; PC: where it was created
//             name=T text   of a thread whose TASK is 0
#pragma once
#include <cstdint>

namespace tenter::trace {

constexpr char file_magic[8] = {'T', 'E', 'N', 'T', 'E', 'R', '\r', '\n'};
constexpr std::uint16_t format_major = 1;               // a reader refuses another major
constexpr std::uint16_t format_minor = 6;               // a reader skips chunks and events that it does not know
constexpr std::uint32_t chunk_magic = 0x4b4e4843;       // "CHNK"
constexpr std::uint32_t max_chunk_bytes = 1u << 20;     // before compression; a reader refuses more
constexpr std::uint32_t chunk_events_bytes = 1u << 16;  // what our recorder fills before it seals a chunk

struct FileHeader {
  char magic[8];
  std::uint16_t major;
  std::uint16_t minor;
  std::uint32_t header_size;  // bytes; chunks start here
  std::uint64_t process_id;
  std::uint64_t start_time_ns;  // since the epoch, for people only
  std::uint64_t random_id[2];   // makes two recordings of one pid distinct
  std::uint8_t reserved[16];
};
static_assert(sizeof(FileHeader) == 64, "docs/trace-format.md promises a header of 64 bytes");

enum class ChunkKind : std::uint8_t {
  events = 1,   // words of one stream (event.h)
  live = 2,     // the window of a running thread
  modules = 3,  // text: one loaded object a line
  process = 4,  // text: key=value lines: program, argv, cwd, options, compiler, recorder version
  end = 5,      // text: key=value lines; the clean-end mark and the loss counters
  outcome = 6,  // text: key=value lines appended by `tenter record`: end=exited 0 | signal 11
  padding = 7,  // nothing: stored_size bytes to be passed over
  report = 8,   // text: what another detector in the process reported
};

enum class Codec : std::uint8_t {
  none = 0,
  zstd = 1,  // written by recorders before format 1.2
  words = 3  // word_codec.h; of events only
};

struct ChunkHeader {
  std::uint32_t magic;
  ChunkKind kind;
  Codec codec;
  std::uint16_t flags;        // 0
  std::uint32_t stored_size;  // bytes after this header, without padding
  std::uint32_t raw_size;     // bytes after decompression
  std::uint32_t stream;       // one per OS thread of the program; 0 for chunks that are not events
  std::uint32_t sequence;     // 0, 1, 2 ... within the stream
  std::uint64_t task;         // the task that the thread runs at the first event
  std::uint32_t reserved;     // 0
  std::uint32_t crc;          // CRC32C (Castagnoli), crc field taken as 0
};
static_assert(sizeof(ChunkHeader) == 40, "docs/trace-format.md promises 40 bytes");

// At the start of a live chunk's bytes. `stream` 0: the window is not in use.
struct LiveHeader {
  std::uint32_t stream;
  std::uint32_t sequence;
  std::uint64_t task;
  std::uint64_t flags;       // LiveFlag
  std::uint64_t full_words;  // not 0: so many words are in it, and the thread has gone on in another window
  std::uint64_t reserved[4];
};
static_assert(sizeof(LiveHeader) == 64);

namespace LiveFlag {
// Recording stopped before the program did, which this says even where the disk has no room for an end mark.
constexpr std::uint64_t stopped = 1;
}  // namespace LiveFlag

}  // namespace tenter::trace
