#include "read/tent_recording.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "base/text.h"
#include "read/decoder.h"
#include "read/frame.h"
#include "read/text_chunks.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t max_sentences = 100;  // of damage; after them only their number is told

struct Stream {
  std::vector<ChunkRef> chunks;  // sequence 0, 1, 2 ... without gaps; some of the last may be windows
};

class TentRecording final : public Recording {
 public:
  TentRecording(std::string path, std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
    info_.path = std::move(path);
    info_.stored_bytes = source_->size();
  }

  std::optional<Error> read() {
    TextChunks texts;
    const TextChunk on_text = [&](trace::ChunkKind kind, std::string_view text) { texts.take(kind, text); };
    Result<Frame> scanned = scan_frame(*source_, escape_for_terminal(info_.path), on_text);
    if (!scanned) return scanned.error();
    Frame& frame = *scanned;
    info_.process_id = frame.header.process_id;
    info_.start_time_ns = frame.header.start_time_ns;
    info_.format_minor = frame.header.minor;
    info_.chunks = frame.chunks;
    for (std::string& sentence : frame.damage) damaged(std::move(sentence));
    assemble(frame);
    std::vector<std::string> problems;
    info_.event_chunks = frame.events.size();
    texts.fill(info_, problems);
    for (std::string& sentence : problems) damaged(std::move(sentence));
    lost_by_counter_ = info_.lost_events;
    // A task costs its creator an event of two words at least, and a compressor makes little of their numbers.
    task_limit_ = std::min<std::uint64_t>(max_task_id, info_.stored_event_bytes * 2 + streams_.size() + 1024);
    if (frame.stopped && !texts.has_end()) damaged("Recording stopped before the program did.");
    if (!texts.has_end()) {
      tell("The clean-end mark is missing: the program was killed or is still running, or the file was cut short.");
    }
    info_.complete = info_.damage.empty() && info_.lost_events == 0 && info_.windows_used == 0;
    return std::nullopt;
  }

  const RecordingInfo& info() const override { return info_; }

  std::vector<StreamId> streams() const override {
    std::vector<StreamId> ids;
    for (const auto& [id, stream] : streams_) ids.push_back(StreamId{id});
    return ids;
  }

  std::unique_ptr<StreamCursor> open_stream(StreamId stream, StackTable& stacks) const override;

  const ByteSource& source() const { return *source_; }
  std::uint64_t task_limit() const { return task_limit_; }

  // Told by cursors. A stream that is read again says the same again: it counts once.
  void unsound(StreamId stream, const std::string& sentence) const {
    const std::lock_guard lock(mutex_);
    if (!unsound_.insert(index(stream)).second) return;
    damaged(sentence);
    info_.complete = false;
  }
  void lost(StreamId stream, std::uint64_t events) const {
    const std::lock_guard lock(mutex_);
    std::uint64_t& known = lost_[index(stream)];
    if (events <= known) return;
    lost_in_streams_ += events - known;
    known = events;
    info_.lost_events = std::max(lost_by_counter_, lost_in_streams_);
    info_.complete = false;
  }

 private:
  void damaged(std::string sentence) const {
    info_.has_holes = true;
    tell(std::move(sentence));
  }

  void tell(std::string sentence) const {
    std::vector<std::string>& all = info_.damage;
    if (all.size() < max_sentences) {
      all.push_back(std::move(sentence));
      return;
    }
    ++untold_;
    all.resize(max_sentences);
    all.push_back("There is more damage: " + counted(untold_, "further sentence is", "further sentences are") +
                  " left out.");
  }

  void assemble(const Frame& frame) {
    std::map<std::uint32_t, std::vector<ChunkRef>> found;
    for (const ChunkRef& chunk : frame.events) found[chunk.stream].push_back(chunk);
    std::map<std::uint32_t, std::vector<ChunkRef>> windows;
    for (const ChunkRef& window : frame.windows) windows[window.stream].push_back(window);
    for (const auto& [id, unused] : windows) found[id];
    for (auto& [id, chunks] : found) {
      Stream stream = in_sequence(id, chunks, windows[id]);
      if (stream.chunks.empty()) continue;
      for (const ChunkRef& chunk : stream.chunks) {
        info_.raw_event_bytes += chunk.raw_size;
        info_.stored_event_bytes += chunk.stored_size;
      }
      streams_.emplace(id, std::move(stream));
    }
  }

  // Events after a gap cannot be ordered soundly, so a stream ends before its first gap. A window holds what its thread
  // wrote last, unless that was sealed since.
  Stream in_sequence(std::uint32_t id, std::vector<ChunkRef>& chunks, const std::vector<ChunkRef>& windows) {
    std::sort(chunks.begin(), chunks.end(), [](const ChunkRef& a, const ChunkRef& b) {
      return a.sequence != b.sequence ? a.sequence < b.sequence : a.offset < b.offset;
    });
    Stream stream;
    const std::string name = "Stream " + std::to_string(id);
    std::size_t next = 0;
    for (;;) {
      const std::size_t wanted = stream.chunks.size();
      if (next < chunks.size() && wanted > 0 && chunks[next].sequence < wanted) {
        const ChunkRef& first = stream.chunks.back();
        const ChunkRef& second = chunks[next++];
        damaged(name + " has its chunk " + std::to_string(second.sequence) + " twice, at bytes " +
                group_digits(first.offset) + " and " + group_digits(second.offset) + ".");
        if (first.crc == second.crc && first.raw_size == second.raw_size) continue;
        stream.chunks.pop_back();
        damaged(name + " is read up to there, because the two differ.");
        return stream;
      }
      if (next < chunks.size() && chunks[next].sequence == wanted) {
        stream.chunks.push_back(chunks[next++]);
        continue;
      }
      const ChunkRef* window = window_of(windows, wanted);
      if (window == nullptr || (!window->whole && next < chunks.size())) break;
      stream.chunks.push_back(*window);
      ++info_.windows_used;
      if (!window->whole) break;
    }
    const std::size_t end = stream.chunks.size();
    if (next < chunks.size()) {
      damaged(name + " lacks its chunk " + std::to_string(end) + ": " +
              counted(chunks.size() - next, "later chunk is", "later chunks are") +
              " left out, because what is in them cannot be ordered.");
    }
    for (const ChunkRef& window : windows) {
      const bool is_second = window.sequence == end && has_words(window);
      if (window.sequence <= end && !is_second) continue;
      damaged(name + " cannot go on in the window at byte " + group_digits(window.offset) +
              (is_second ? ": there are two of them." : ": chunks before it are missing."));
      break;
    }
    return stream;
  }

  // The one window with events of that number; null: there is none, or there are several.
  const ChunkRef* window_of(const std::vector<ChunkRef>& windows, std::size_t sequence) const {
    const ChunkRef* found = nullptr;
    for (const ChunkRef& window : windows) {
      if (window.sequence != sequence || !has_words(window)) continue;
      if (found != nullptr) return nullptr;
      found = &window;
    }
    return found;
  }

  bool has_words(const ChunkRef& window) const {
    std::uint64_t first_word = 0;
    const std::uint64_t words_begin = window.offset + sizeof(trace::ChunkHeader) + sizeof(trace::LiveHeader);
    if (window.stored_size < sizeof(trace::LiveHeader) + sizeof first_word) return false;
    source_->read_at(words_begin, &first_word, sizeof first_word);
    return first_word != 0;
  }

  std::unique_ptr<ByteSource> source_;
  std::map<std::uint32_t, Stream> streams_;
  std::uint64_t task_limit_ = 0;
  std::uint64_t lost_by_counter_ = 0;
  mutable std::mutex mutex_;
  mutable RecordingInfo info_;  // final once no cursor is at work; written under mutex_ until then
  mutable std::set<std::uint32_t> unsound_;
  mutable std::map<std::uint32_t, std::uint64_t> lost_;
  mutable std::uint64_t lost_in_streams_ = 0;
  mutable std::uint64_t untold_ = 0;
};

class TentCursor final : public StreamCursor {
 public:
  TentCursor(const TentRecording& recording, StreamId id, const Stream& stream, StackTable& stacks)
      : recording_(recording), id_(id), stream_(stream), decoder_(stacks, recording.task_limit()) {
    if (!stream_.chunks.empty()) decoder_.set_own_task(task_of(stream_.chunks.front()));
    see_where();
  }

  bool next(Event& event) override {
    for (;;) {
      if (ended_) return false;
      if (released_ && !reload()) return false;
      if (decoder_.next(event)) {
        see_past(event);
        return true;
      }
      if (!decoder_.problem().empty()) {
        if (decoder_.lost() > 0) recording_.lost(id_, decoder_.lost());
        end_unsound("Stream " + std::to_string(index(id_)) + " ends early: in the chunk at byte " +
                    group_digits(stream_.chunks[next_ - 1].offset) + ", " + decoder_.problem() + ".");
        return false;
      }
      if (next_ == stream_.chunks.size()) {
        end();
        return false;
      }
      const ChunkRef& chunk = stream_.chunks[next_];
      if (!load(chunk)) return false;
      const std::size_t count = bytes_ / sizeof(std::uint64_t);
      words_before_ += decoder_.words();
      decoder_.begin_chunk(words_.data(), count, task_of(chunk), !chunk.whole);
      if (++next_ == stream_.chunks.size()) reader_ = nullptr;
      see_where();
    }
  }

  Made accesses(Event& event, std::span<PlainAccess> room) override {
    if (ended_ || released_) return {};
    const Made made = decoder_.accesses(event, room);
    if (made.event) {
      see_past(event);
    } else if (made.accesses != 0 && decoder_.at_end()) {
      see_where();
    }
    return made;
  }

  std::uint64_t words() const override { return words_before_ + decoder_.words(); }
  std::size_t resident_bytes() const override { return words_.capacity() * sizeof(std::uint64_t); }

  void release() override {
    if (ended_ || next_ == 0) return;
    words_ = {};
    reader_ = nullptr;
    released_ = true;
  }

 private:
  static TaskId task_of(const ChunkRef& chunk) {
    return chunk.task > max_task_id ? no_task : TaskId{static_cast<std::uint32_t>(chunk.task)};
  }

  void see_past(const Event& event) {
    if (traits_of(event.op).is_simple) {
      if (decoder_.at_end()) see_where();
      return;
    }
    if (event.op == trace::Op::lost) recording_.lost(id_, decoder_.lost());
    see_where();
  }
  // A chunk's first event, its last one, and those that are not simple can change what task() and position() answer.
  void see_where() {
    if (stream_.chunks.empty()) return;
    thread_ = decoder_.own_task();
    const bool in_chunk = next_ > 0 && !decoder_.at_end();
    if (in_chunk || next_ == stream_.chunks.size()) {
      task_ = decoder_.task();
      position_ = stream_.chunks[next_ - 1].offset;
      return;
    }
    const TaskId told = task_of(stream_.chunks[next_]);
    task_ = told == no_task ? decoder_.own_task() : told;
    position_ = stream_.chunks[next_].offset;
  }

  bool load(const ChunkRef& chunk) {
    std::string problem;
    if (reader_ == nullptr) reader_ = std::make_unique<ChunkReader>(recording_.source());
    if (chunk.task > recording_.task_limit()) {
      problem = "The chunk at byte " + group_digits(chunk.offset) + " names task " + group_digits(chunk.task) +
                ", which a recording of this size cannot have.";
    } else if (reader_->read(chunk, words_, bytes_, problem) && bytes_ % sizeof(std::uint64_t) != 0) {
      problem = "The chunk at byte " + group_digits(chunk.offset) + " does not end with a whole word.";
    }
    if (problem.empty()) return true;
    end_unsound(problem + " Stream " + std::to_string(index(id_)) + " ends there.");
    return false;
  }

  bool reload() {
    if (!load(stream_.chunks[next_ - 1])) return false;
    decoder_.rebase(words_.data());
    released_ = false;
    return true;
  }

  void end() {
    ended_ = true;
    released_ = false;
    words_ = {};
    reader_ = nullptr;
  }
  void end_unsound(const std::string& sentence) {
    recording_.unsound(id_, sentence);
    end();
  }

  const TentRecording& recording_;
  StreamId id_;
  const Stream& stream_;
  // Its tables are large, and most of a recording's threads have not begun, or wait in their only chunk, or are over at any one time.
  std::unique_ptr<ChunkReader> reader_;
  Decoder decoder_;
  std::vector<std::uint64_t> words_;
  std::size_t bytes_ = 0;
  std::uint64_t words_before_ = 0;  // in earlier chunks
  std::size_t next_ = 0;            // the chunk after the one that is being decoded
  bool released_ = false;
  bool ended_ = false;
};

std::unique_ptr<StreamCursor> TentRecording::open_stream(StreamId stream, StackTable& stacks) const {
  static const Stream nothing;
  const auto found = streams_.find(index(stream));
  return std::make_unique<TentCursor>(*this, stream, found == streams_.end() ? nothing : found->second, stacks);
}

}  // namespace

Result<std::unique_ptr<Recording>> read_tent(const std::string& path, std::unique_ptr<ByteSource> source) {
  auto recording = std::make_unique<TentRecording>(path, std::move(source));
  if (std::optional<Error> error = recording->read()) return std::move(*error);
  return std::unique_ptr<Recording>(std::move(recording));
}

}  // namespace tenter::analysis
