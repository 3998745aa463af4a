// The file only grows at its end. [0, end_) is made of places that were handed out once and belong to whoever
// got them; a place whose chunk could not be written is turned into padding where that still works, and is otherwise
// zeros, over which readers step.
#include "record/output.h"

#include <errno.h>
#include <linux/falloc.h>
#include <signal.h>
#include <sys/file.h>

#include "record/budget.h"
#include "record/crc32c.h"
#include "record/recorder.h"
#include "record/text_buffer.h"
#include "record/thread.h"
#include "trace/word_codec.h"

namespace tenter::record {
namespace {

// Programs close the descriptors that they know, and daemons all low ones.
constexpr int lowest_descriptor = 500;

// max_size= leaves room for the end mark, which says why the rest is missing.
constexpr std::size_t end_mark_bytes = 1024;
constexpr char limit_reached[] = "it is as large as max_size= allows";

constexpr std::size_t padded(std::size_t size) { return (size + 7) & ~std::size_t{7}; }

const char* describe(long error) {
  switch (-error) {
    case ENOSPC: return "no space left on the device";
    case EDQUOT: return "the disk quota is used up";
    case EFBIG: return "the limit on file sizes is reached";
    case EACCES: return "permission denied";
    case ENOENT: return "no such directory";
    case ENOTDIR: return "part of the path is not a directory";
    case EROFS: return "the file system is read-only";
    case ELOOP: return "it is a symbolic link";
    case EISDIR: return "it is a directory";
    case ENXIO: return "it is not a regular file";
    case EMFILE: return "the process has too many open files";
    case ENAMETOOLONG: return "the path is too long";
    case EIO: return "input/output error";
    default: return "the system refused";
  }
}

std::uint32_t header_crc(const trace::ChunkHeader& header, const void* data, std::size_t size) {
  return crc32c(crc32c(0, &header, sizeof header), data, size);
}

trace::ChunkHeader make_header(const ChunkLabel& label, std::size_t stored, std::size_t raw) {
  trace::ChunkHeader header{};
  header.magic = trace::chunk_magic;
  header.kind = label.kind;
  header.codec = trace::Codec::none;
  header.stored_size = static_cast<std::uint32_t>(stored);
  header.raw_size = static_cast<std::uint32_t>(raw);
  header.stream = label.stream;
  header.sequence = label.sequence;
  header.task = label.task;
  return header;
}

// When this process came into being, on the clock of FileHeader::start_time_ns; 0: unknown.
std::uint64_t process_start_ns() {
  const int fd = sys::open("/proc/self/stat", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) { return 0; }
  char text[512];
  const ssize_t size = sys::read(fd, text, sizeof text);
  sys::close(fd);
  ssize_t at = size;
  while (at > 0 && text[at - 1] != ')') {  // the name before it may hold anything
    --at;
  }
  constexpr int fields_between = 20;  // from the name to starttime (proc(5))
  for (int field = 0; field < fields_between && at < size; ++at) { field += text[at] == ' ' ? 1 : 0; }
  std::uint64_t ticks = 0;
  for (; at < size && text[at] >= '0' && text[at] <= '9'; ++at) {
    ticks = ticks * 10 + static_cast<std::uint64_t>(text[at] - '0');
  }
  constexpr std::uint64_t ns_per_tick = 10'000'000;  // USER_HZ is 100 for every program on x86
  const std::uint64_t age = sys::clock_ns(CLOCK_BOOTTIME) - ticks * ns_per_tick;
  return sys::clock_ns(CLOCK_REALTIME) - age;
}

// Did this very process write the file before it called exec?
bool made_by_this_process(int fd) {
  trace::FileHeader header{};
  if (sys::read_at(fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) { return false; }
  for (std::size_t i = 0; i < sizeof header.magic; ++i) {
    if (header.magic[i] != trace::file_magic[i]) { return false; }
  }
  constexpr std::uint64_t clock_slack_ns = 20'000'000;  // process times come in ticks
  return header.process_id == static_cast<std::uint64_t>(sys::process_id()) &&
         header.start_time_ns + clock_slack_ns >= process_start_ns();
}

}  // namespace

// Encoding needs a hundred kB of working memory, so there are few of these and threads borrow them.
struct Encoder {
  std::atomic<bool> borrowed;
  struct Memory {
    trace::WordPredictor predictor;
    unsigned char header[sizeof(trace::ChunkHeader)];  // the chunk as it is written begins here
    unsigned char encoded[padded(trace::encoded_bound(Window::word_count))];
  };
  Memory* memory;
};

namespace {
constexpr std::size_t encoder_count = 8;
constinit Encoder encoders[encoder_count]{};

constinit FileIdentity standard_error;  // as it was at the start
}  // namespace

FileIdentity FileIdentity::of(int fd) {
  struct stat status{};
  if (fd < 0 || sys::fstat(fd, &status) != 0) { return {}; }
  return {status.st_dev, status.st_ino};
}

void remember_standard_error() { standard_error = FileIdentity::of(2); }

void say_text(const char* text, std::size_t size) {
  if (standard_error.known() && FileIdentity::of(2) == standard_error) { sys::write(2, text, size); }
}

void say(const char* a, const char* b, const char* c, const char* d) {
  char memory[640];
  TextBuffer sentence(memory, sizeof memory);
  sentence.add("tenter: ").add(a).add(b).add(c).add(d);
  sentence.c_str();
  if (sentence.size() < sizeof memory) { sentence.add("\n"); }
  say_text(sentence.data(), sentence.size());
}

const char* Output::open(const char* path, bool beside) {
  // Absolute, so that the file is found again if the program closes our descriptor and has changed its directory.
  TextBuffer full(path_, sizeof path_);
  if (path[0] != '/') {
    char directory[Options::max_path];
    const ssize_t length = sys::working_directory(directory, sizeof directory);
    if (length > 1 && directory[0] == '/') { full.add(directory, static_cast<std::size_t>(length) - 1).add("/"); }
  }
  full.add(path);
  const std::size_t base_length = full.size();
  constexpr unsigned attempts = 1000;
  int fd = -1;
  for (unsigned attempt = 1; attempt <= attempts; ++attempt) {
    fd = sys::open(full.c_str(),
                   O_RDWR | O_CREAT | (beside ? O_EXCL : 0) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);
    if (fd < 0 && (fd != -EEXIST || !beside)) { return describe(fd); }
    if (fd >= 0) {
      struct stat status{};
      if (sys::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        sys::close(fd);
        return "it is not a regular file";
      }
      // A process that still records there holds the lock; truncating its windows would kill it. A file
      // system without locks answers with another error, and then there is nobody to be seen.
      const int locked = sys::flock(fd, LOCK_EX | LOCK_NB);
      if (locked != -EWOULDBLOCK && !made_by_this_process(fd)) {
        file_ = {status.st_dev, status.st_ino};
        break;
      }
      sys::close(fd);
      fd = -1;
    }
    full = TextBuffer(path_, sizeof path_);
    for (std::size_t i = 0; i < base_length; ++i) { full.add(&path_[i], 1); }
    if (!beside) { full.add(".").add_decimal(static_cast<std::uint64_t>(sys::process_id())); }
    if (beside || attempt > 1) { full.add(".").add_decimal(attempt + (beside ? 1 : 0)); }
  }
  if (fd < 0) { return "too many recordings of that name exist"; }
  const int high = sys::duplicate_above(fd, lowest_descriptor);
  if (high >= 0) {
    sys::close(fd);
    fd = high;
  }
  if (const int cut = sys::truncate(fd, 0); cut != 0) {
    sys::close(fd);
    return describe(cut);
  }
  descriptor_ = fd;
  trace::FileHeader header{};
  for (std::size_t i = 0; i < sizeof header.magic; ++i) { header.magic[i] = trace::file_magic[i]; }
  header.major = trace::format_major;
  header.minor = trace::format_minor;
  header.header_size = sizeof header;
  header.process_id = static_cast<std::uint64_t>(sys::process_id());
  header.start_time_ns = sys::clock_ns(CLOCK_REALTIME);
  if (sys::random(header.random_id, sizeof header.random_id) != sizeof header.random_id) {
    header.random_id[0] = sys::clock_ns(CLOCK_MONOTONIC);
    header.random_id[1] = header.process_id;
  }
  if (!within_size_limit(sizeof header)) { return describe(-EFBIG); }
  if (const ssize_t written = sys::write_at(fd, &header, sizeof header, 0);
      written != static_cast<ssize_t>(sizeof header)) {
    return describe(written < 0 ? written : -ENOSPC);
  }
  end_.store(sizeof header, std::memory_order_relaxed);
  words_written_.store(0, std::memory_order_relaxed);
  chunks_written_.store(0, std::memory_order_relaxed);
  stopped_because_.store(nullptr, std::memory_order_relaxed);
  return nullptr;
}

// The program may have closed our descriptor, and the number may be somebody else's file by now.
bool Output::descriptor_is_ours() {
  const auto is_our_file = [&](int fd) { return file_.known() && FileIdentity::of(fd) == file_; };
  if (is_our_file(descriptor_)) [[likely]] { return true; }
  const SpinGuard guard(reopen_lock_);
  if (is_our_file(descriptor_)) { return true; }
  const int fd = sys::open(path_, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
  if (!is_our_file(fd)) {
    if (fd >= 0) { sys::close(fd); }
    stop("the program closed the recording's file, which is not found again");
    return false;
  }
  const int high = sys::duplicate_above(fd, lowest_descriptor);
  if (high >= 0) { sys::close(fd); }
  sys::flock(high >= 0 ? high : fd, LOCK_EX | LOCK_NB);
  descriptor_ = high >= 0 ? high : fd;
  return true;
}

// A place for a chunk. `is_last`: for the end mark, which has room of its own. False: max_size= leaves none, and recording
// has stopped.
bool Output::claim(std::size_t size, bool is_last, std::uint64_t& offset) {
  const std::uint64_t limit = size_limit_ == 0 ? no_limit : size_limit_ - (is_last ? 0 : end_mark_bytes);
  offset = end();
  do {
    if (offset + size > limit) {
      stop(limit_reached);
      return false;
    }
  } while (!end_.compare_exchange_weak(offset, offset + size, std::memory_order_relaxed));
  return true;
}

Share Output::share_to_watch(Share asked) const {
  if (size_limit_ == 0) { return asked; }
  const std::uint64_t now = end();
  return share_for_room(asked, now < size_limit_ ? size_limit_ - now : 0, size_limit_);
}

// Writing past RLIMIT_FSIZE would send SIGXFSZ to the program.
bool Output::within_size_limit(std::uint64_t end) {
  struct rlimit limit{};
  return sys::get_limit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || end <= limit.rlim_cur;
}

bool Output::write_fully(const void* data, std::size_t size, std::uint64_t offset) {
  if (!descriptor_is_ours()) { return false; }
  if (!within_size_limit(offset + size)) {
    stop(describe(-EFBIG));
    return false;
  }
  const char* bytes = static_cast<const char*>(data);
  while (size != 0) {
    const ssize_t written = sys::write_at(descriptor_, bytes, size, static_cast<off_t>(offset));
    if (written == -EINTR || written == -EAGAIN) { continue; }
    if (written <= 0) {
      stop(describe(written == 0 ? -ENOSPC : written));
      return false;
    }
    bytes += written;
    size -= static_cast<std::size_t>(written);
    offset += static_cast<std::uint64_t>(written);
  }
  return true;
}

void Output::write_padding(std::uint64_t offset, std::size_t size) {
  if (!within_size_limit(offset + sizeof(trace::ChunkHeader))) { return; }
  const trace::ChunkHeader header = make_header({trace::ChunkKind::padding, 0, 0, 0}, size - sizeof(header), 0);
  sys::write_at(descriptor_, &header, sizeof header, static_cast<off_t>(offset));
}

void Output::take_back_from(std::uint64_t offset) {
  if (offset != end() && descriptor_is_ours()) { write_padding(offset, end() - offset); }
}

Encoder* Output::borrow_encoder() {
  for (Encoder& encoder : encoders) {
    if (encoder.borrowed.load(std::memory_order_relaxed) ||
        encoder.borrowed.exchange(true, std::memory_order_acquire)) {  // pairs with the return in write_events
      continue;
    }
    if (encoder.memory == nullptr) {
      encoder.memory = static_cast<Encoder::Memory*>(obtain_memory(sizeof(Encoder::Memory)));
      if (encoder.memory == nullptr) {
        encoder.borrowed.store(false, std::memory_order_relaxed);
        return nullptr;
      }
    }
    return &encoder;
  }
  return nullptr;
}

bool Output::write_chunk(const ChunkLabel& label, const void* data, std::size_t size) {
  // The end mark says why the rest is missing, if there is room for that much.
  if (stopped_because() != nullptr && label.kind != trace::ChunkKind::end) { return false; }
  trace::ChunkHeader header = make_header(label, size, size);
  header.crc = header_crc(header, data, size);
  const std::size_t total = sizeof header + padded(size);
  std::uint64_t offset = 0;
  if (!claim(total, label.kind == trace::ChunkKind::end, offset)) { return false; }
  const std::uint64_t zeros = 0;
  // The header comes last: until it is there, a reader sees nothing.
  const bool written = write_fully(data, size, offset + sizeof header) &&
                       (size % 8 == 0 || write_fully(&zeros, 8 - size % 8, offset + sizeof header + size)) &&
                       write_fully(&header, sizeof header, offset);
  if (!written) { write_padding(offset, total); }
  return written;
}

bool Output::write_encoded(const ChunkLabel& label, const std::uint64_t* words, std::size_t count, Encoder& encoder) {
  Encoder::Memory& memory = *encoder.memory;
  sys::zero_words(reinterpret_cast<std::uint64_t*>(&memory.predictor), sizeof memory.predictor / sizeof(std::uint64_t));
  const std::size_t size = trace::WordEncoder::encode(memory.predictor, words, count, memory.encoded);
  if (size >= count * sizeof(std::uint64_t)) { return write_chunk(label, words, count * sizeof(std::uint64_t)); }
  trace::ChunkHeader header = make_header(label, size, count * sizeof(std::uint64_t));
  header.codec = trace::Codec::words;
  header.crc = header_crc(header, memory.encoded, size);
  __builtin_memcpy(memory.header, &header, sizeof header);
  const std::uint64_t zeros = 0;  // one store; a loop would become a call of memset, which is one of our own hooks
  __builtin_memcpy(memory.encoded + size, &zeros, sizeof zeros);
  const std::size_t total = sizeof header + padded(size);
  std::uint64_t offset = 0;
  if (!claim(total, false, offset)) { return false; }
  const bool written = write_fully(memory.header, total, offset);
  if (!written) { write_padding(offset, total); }
  return written;
}

bool Output::write_events(const ChunkLabel& label, const std::uint64_t* words, std::size_t count) {
  if (stopped_because() != nullptr) { return false; }
  bool written = false;
  if (Encoder* encoder = borrow_encoder(); encoder != nullptr) {
    written = write_encoded(label, words, count, *encoder);
    encoder->borrowed.store(false, std::memory_order_release);
  } else {
    written = write_chunk(label, words, count * sizeof(std::uint64_t));
  }
  if (written) {
    words_written_.fetch_add(count, std::memory_order_relaxed);
    chunks_written_.fetch_add(1, std::memory_order_relaxed);
  }
  return written;
}

bool Output::map_window(Window& out) { return map_window(out, /*needed=*/true); }

bool Output::map_spare_window(Window& out) {
  // Not at the price of what comes later.
  constexpr std::uint64_t room_left_bytes = 1 << 20;
  return size_limit_ == 0 && memory_left() == no_limit && within_size_limit(end() + room_left_bytes) &&
         map_window(out, /*needed=*/false);
}

bool Output::map_window(Window& out, bool needed) {
  if (stopped_because() != nullptr || !descriptor_is_ours()) { return false; }
  // The window starts at a page of the file, with the chunk's header; the gap before it becomes a padding chunk.
  constexpr std::size_t whole_window = sizeof(trace::ChunkHeader) + Window::stored_bytes;
  std::uint64_t start = end();
  std::uint64_t aligned = 0;
  do {
    aligned = (start + Window::page_bytes - 1) / Window::page_bytes * Window::page_bytes;
    if (aligned != start && aligned - start < sizeof(trace::ChunkHeader)) { aligned += Window::page_bytes; }
    if (size_limit_ != 0 && aligned + whole_window + end_mark_bytes > size_limit_) {
      stop(limit_reached);
      return false;
    }
  } while (!end_.compare_exchange_weak(start, aligned + whole_window, std::memory_order_relaxed));
  if (!within_size_limit(aligned + whole_window)) {
    stop(describe(-EFBIG));
    return false;
  }
  if (aligned != start) { write_padding(start, aligned - start); }
  // A store into a mapped page for which the disk has no block is a SIGBUS, so the blocks are asked for now.
  const int allocated = sys::allocate(descriptor_, 0, static_cast<off_t>(aligned), static_cast<off_t>(whole_window));
  if (allocated == -ENOSPC || allocated == -EDQUOT || allocated == -EFBIG || allocated == -EIO) {
    stop(describe(allocated));
    return false;
  }
  if (allocated != 0) {
    // This file system cannot reserve; writing zeros does.
    static constexpr char zeros[1024] = {};
    for (std::size_t done = 0; done < whole_window; done += sizeof zeros) {
      const std::size_t piece = whole_window - done < sizeof zeros ? whole_window - done : sizeof zeros;
      if (!write_fully(zeros, piece, aligned + done)) { return false; }
    }
  }
  char* mapping = nullptr;
  if (take_of_budget(Window::mapped_bytes)) {
    mapping = static_cast<char*>(sys::map_file(descriptor_, static_cast<off_t>(aligned), Window::mapped_bytes));
    if (mapping == nullptr) { return_to_budget(Window::mapped_bytes); }
  }
  if (mapping == nullptr) {
    write_padding(aligned, whole_window);
    if (needed) { stop(no_memory_for_thread()); }
    return false;
  }
  const trace::ChunkHeader header =
      make_header({trace::ChunkKind::live, 0, 0, 0}, Window::stored_bytes, trace::chunk_events_bytes);
  if (!write_fully(&header, sizeof header, aligned)) {
    give_back_memory(mapping, Window::mapped_bytes);
    return false;
  }
  out.mapping = mapping;
  out.words = reinterpret_cast<std::uint64_t*>(mapping + sizeof(trace::ChunkHeader) + sizeof(trace::LiveHeader));
  out.file_offset = aligned;
  // From here on the window stays: silence_all_threads() of another thread may write to what it finds here.
  __atomic_store_n(&out.header, reinterpret_cast<trace::LiveHeader*>(mapping + sizeof(trace::ChunkHeader)),
                   __ATOMIC_RELEASE);
  return true;
}

void Output::free_window_space(const Window& window) {
  if (descriptor_is_ours()) {
    sys::allocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  static_cast<off_t>(window.file_offset + sizeof(trace::ChunkHeader) + sizeof(trace::LiveHeader)),
                  trace::chunk_events_bytes);
  }
}

void Output::stop(const char* why) {
  const char* nothing = nullptr;
  if (stopped_because_.compare_exchange_strong(nothing, why, std::memory_order_acq_rel)) {
    recorder().phase.store(Phase::stopped, std::memory_order_release);
    silence_all_threads();
    say("recording to ", path_, " stopped and the program runs on: ", why);
  }
}

void Output::say_if_deleted() {
  struct stat status{};
  if (stopped_because() == nullptr && descriptor_is_ours() && sys::fstat(descriptor_, &status) == 0 &&
      status.st_nlink == 0) {
    say("the recording ", path_, " was deleted while the program ran, and is lost");
  }
}

void Output::forget_file() {
  // The parent may have closed it, and opened something of its own under that number.
  if (file_.known() && FileIdentity::of(descriptor_) == file_) { sys::close(descriptor_); }
  descriptor_ = -1;
  reopen_lock_.reset();
  for (Encoder& encoder : encoders) {
    encoder.borrowed.store(false, std::memory_order_relaxed);  // its borrower is a thread of the parent
  }
}

}  // namespace tenter::record
