#include "read/std_text.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/text.h"
#include "read/decoder.h"

namespace tenter::analysis {
namespace {

using trace::Op;

constexpr std::size_t max_line_bytes = 64 * 1024;
constexpr std::uint64_t max_place = trace::payload_mask;
// Where made-up addresses of variables and locks begin; each has one of its own.
constexpr std::uint64_t variables_begin = 0x1000'0000'0000;
constexpr std::uint64_t variable_stride = 16;
constexpr std::uint64_t variable_bytes = 8;
constexpr std::uint64_t locks_begin = 0x2000'0000'0000;
constexpr std::uint64_t lock_stride = 64;

enum class Verb { read, write, acquire, release, fork, join, nothing };

struct Line {
  std::string_view thread;
  Verb verb{};
  std::string_view object;
  std::uint64_t place = 0;
};

std::optional<Verb> verb_named(std::string_view name) {
  if (name == "r") return Verb::read;
  if (name == "w") return Verb::write;
  if (name == "acq") return Verb::acquire;
  if (name == "rel") return Verb::release;
  if (name == "fork") return Verb::fork;
  if (name == "join") return Verb::join;
  // A request is what an acquire is before it succeeds. A wait is written as a release and an acquire as well.
  for (const std::string_view passed_over : {"begin", "end", "req", "dummy", "branch", "wait", "notify", "notifyAll"}) {
    if (name == passed_over) return Verb::nothing;
  }
  return std::nullopt;
}

std::optional<Line> parse_line(std::string_view text) {
  const std::size_t first = text.find('|');
  if (first == std::string_view::npos || first == 0) return std::nullopt;
  const std::size_t second = text.find('|', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  Line line;
  line.thread = text.substr(0, first);
  std::string_view action = text.substr(first + 1, second - first - 1);
  const auto place = parse_number(text.substr(second + 1));
  if (!place || *place > max_place) return std::nullopt;
  line.place = *place;
  const std::size_t open = action.find('(');
  if (open != std::string_view::npos) {
    if (action.back() != ')') return std::nullopt;
    line.object = action.substr(open + 1, action.size() - open - 2);
    action = action.substr(0, open);
  }
  const auto verb = verb_named(action);
  if (!verb) return std::nullopt;
  if (*verb != Verb::nothing && line.object.empty()) return std::nullopt;
  line.verb = *verb;
  return line;
}

// Gives equal texts equal numbers, counted from 0.
class Names {
 public:
  std::uint32_t number_of(std::string_view text) {
    const auto [entry, is_new] = numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(numbers_.size()));
    if (is_new) texts_.push_back(&entry->first);
    return entry->second;
  }
  const std::string& text(std::uint32_t number) const { return *texts_[number]; }
  std::size_t size() const { return texts_.size(); }

 private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<const std::string*> texts_;  // into the map, whose nodes stay where they are
};

struct Record {
  std::uint64_t object = 0;
  std::uint64_t place = 0;
  std::uint32_t task = 0;
  Op op{};
  std::uint8_t flags = 0;
  std::uint8_t arg = 0;
};

TaskId task_of(std::uint32_t thread) { return TaskId{thread + 1}; }  // task 0 is nobody

class StdRecording final : public Recording {
 public:
  explicit StdRecording(std::string path) { info_.path = std::move(path); }

  std::optional<Error> read(const ByteSource& source) {
    info_.program = file_name(info_.path);
    info_.end = "unknown";
    info_.stored_bytes = source.size();
    parse(source);
    if (threads_.size() > max_task_id) {
      return Error{escape_for_terminal(info_.path) + ": names more than " + group_digits(max_task_id) +
                   " threads, which is more than tenter can analyse."};
    }
    find_lives();
    for (std::size_t i = 0; i < lines_.size(); ++i) add(i);
    finish();
    info_.raw_event_bytes = records_.size() * sizeof(Record);
    info_.complete = info_.damage.empty();
    return std::nullopt;
  }

  const RecordingInfo& info() const override { return info_; }
  std::vector<StreamId> streams() const override { return {StreamId{1}}; }
  std::unique_ptr<StreamCursor> open_stream(StreamId stream, StackTable& stacks) const override;

  const std::vector<Record>& records() const { return records_; }
  std::string_view name_of(const Record& name_event) const {
    switch (static_cast<trace::NameOf>(name_event.flags)) {
      case trace::NameOf::task: return threads_.text(static_cast<std::uint32_t>(name_event.object - 1));
      case trace::NameOf::lock:
        return locks_.text(static_cast<std::uint32_t>((name_event.object - locks_begin) / lock_stride));
      default:
        return variables_.text(static_cast<std::uint32_t>((name_event.object - variables_begin) / variable_stride));
    }
  }

 private:
  struct Parsed {
    std::uint64_t place;
    std::uint32_t thread;
    std::uint32_t object;
    Verb verb;
    std::uint32_t line;
  };
  struct Life {
    std::size_t first = SIZE_MAX, last = SIZE_MAX;  // events; SIZE_MAX: none
    bool started = false, forked = false, joined = false;
  };
  struct Holder {
    std::uint32_t thread, depth, line;
  };
  // A fault that the recorder of the trace made, perhaps often: its first occurrence and how many there were.
  struct Fault {
    std::string first;
    std::uint64_t count = 0;
  };

  void parse(const ByteSource& source) {
    Window window(source);
    std::uint64_t offset = 0;
    std::uint32_t number = 0;
    while (offset < source.size()) {
      const std::span<const std::byte> bytes = window.view(offset, max_line_bytes);
      if (bytes.empty()) break;
      std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      const std::size_t end = text.find('\n');
      const bool whole = end != std::string_view::npos || offset + bytes.size() >= source.size();
      text = text.substr(0, end);
      offset += text.size() + 1;
      ++number;
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (text.empty() && whole) continue;
      const std::optional<Line> line = whole ? parse_line(text) : std::nullopt;
      if (!line || number == UINT32_MAX) {
        info_.damage.push_back("Line " + group_digits(number) + " is no event of the form thread|op(object)|place: `" +
                               escape_for_terminal(text.substr(0, 60)) + "`. It and what follows were left out.");
        break;
      }
      const std::uint32_t thread = threads_.number_of(line->thread);
      std::uint32_t object = 0;
      switch (line->verb) {
        case Verb::read:
        case Verb::write: object = variables_.number_of(line->object); break;
        case Verb::acquire:
        case Verb::release: object = locks_.number_of(line->object); break;
        case Verb::fork:
        case Verb::join: object = threads_.number_of(line->object); break;
        case Verb::nothing: break;
      }
      lines_.push_back({line->place, thread, object, line->verb, number});
    }
  }

  void find_lives() {
    lives_.resize(threads_.size());
    holders_.resize(locks_.size());
    lock_named_.resize(locks_.size());
    variable_named_.resize(variables_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      Life& life = lives_[lines_[i].thread];
      if (life.first == SIZE_MAX) life.first = i;
      life.last = i;
      if (lines_[i].verb == Verb::join) lives_[lines_[i].object].joined = true;
    }
  }

  void emit(const Parsed& line, Op op, std::uint64_t object, std::uint8_t flags = 0, std::uint8_t arg = 0) {
    records_.push_back({object, line.place, index(task_of(line.thread)), op, flags, arg});
  }
  void emit_name(const Parsed& line, trace::NameOf what, std::uint64_t object) {
    emit(line, Op::name, object, static_cast<std::uint8_t>(what));
  }
  void emit_detach_unless_joined(const Parsed& line, std::uint32_t thread) {
    if (!lives_[thread].joined) emit(line, Op::task_detach, index(task_of(thread)));
  }

  void add(std::size_t i) {
    const Parsed& line = lines_[i];
    Life& self = lives_[line.thread];
    if (!self.started) {
      self.started = true;
      const bool main = i == 0;
      const auto kind = main ? trace::TaskKind::main : trace::TaskKind::thread;
      emit(line, Op::task_start, index(task_of(line.thread)), 0, static_cast<std::uint8_t>(kind));
      emit_name(line, trace::NameOf::task, index(task_of(line.thread)));
      if (!self.forked && !main) emit_detach_unless_joined(line, line.thread);
    }
    switch (line.verb) {
      case Verb::read:
      case Verb::write: {
        const std::uint64_t address = variables_begin + line.object * variable_stride;
        if (!variable_named_[line.object]) emit_name(line, trace::NameOf::object, address);
        variable_named_[line.object] = true;
        emit(line, Op::access_range, address, line.verb == Verb::write ? trace::AccessFlag::write : std::uint8_t{0});
        break;
      }
      case Verb::acquire: acquire(line); break;
      case Verb::release: release(line); break;
      case Verb::fork: {
        Life& child = lives_[line.object];
        if (child.started || child.forked) {
          note(fork_of_running_, line, threads_.text(line.object), "forks", "which exists already");
          break;
        }
        child.forked = true;
        emit(line, Op::task_create, index(task_of(line.object)), 0, static_cast<std::uint8_t>(trace::TaskKind::thread));
        emit_detach_unless_joined(line, line.object);
        break;
      }
      case Verb::join: {
        const Life& child = lives_[line.object];
        if (child.last != SIZE_MAX && child.last > i) {
          note(join_of_running_, line, threads_.text(line.object), "joins", "which goes on afterwards");
        }
        emit(line, Op::task_join, index(task_of(line.object)));
        break;
      }
      case Verb::nothing: break;
    }
    if (self.last == i) emit(line, Op::task_end, index(task_of(line.thread)));
  }

  void acquire(const Parsed& line) {
    const std::uint64_t lock = locks_begin + line.object * lock_stride;
    constexpr auto kind = static_cast<std::uint8_t>(trace::LockKind::recursive_mutex);
    if (!lock_named_[line.object]) emit_name(line, trace::NameOf::lock, lock);
    lock_named_[line.object] = true;
    std::vector<Holder>& holders = holders_[line.object];
    const auto own =
        std::find_if(holders.begin(), holders.end(), [&](const Holder& h) { return h.thread == line.thread; });
    if (own != holders.end()) {
      ++own->depth;
      emit(line, Op::lock_acquire, lock, trace::LockFlag::again, kind);
      return;
    }
    if (!holders.empty()) {
      note(overlap_, line, locks_.text(line.object), "acquires",
           "which " + escape_for_terminal(threads_.text(holders.front().thread)) + " holds since line " +
               group_digits(holders.front().line));
    }
    holders.push_back({line.thread, 1, line.line});
    emit(line, Op::lock_acquire, lock, 0, kind);
  }

  void release(const Parsed& line) {
    const std::uint64_t lock = locks_begin + line.object * lock_stride;
    constexpr auto kind = static_cast<std::uint8_t>(trace::LockKind::recursive_mutex);
    std::vector<Holder>& holders = holders_[line.object];
    const auto own =
        std::find_if(holders.begin(), holders.end(), [&](const Holder& h) { return h.thread == line.thread; });
    if (own == holders.end()) {
      note(stray_release_, line, locks_.text(line.object), "releases",
           "which it does not hold; the release was left out");
      return;
    }
    if (--own->depth > 0) {
      emit(line, Op::lock_release, lock, trace::LockFlag::again, kind);
      return;
    }
    holders.erase(own);
    emit(line, Op::lock_release, lock, 0, kind);
  }

  void note(Fault& fault, const Parsed& line, const std::string& object, const char* does, const std::string& what) {
    if (fault.count++ > 0) return;
    fault.first = "line " + group_digits(line.line) + ", where " + escape_for_terminal(threads_.text(line.thread)) +
                  " " + does + " " + escape_for_terminal(object) + ", " + what;
  }

  void finish() {
    const auto tell = [&](const Fault& fault, const char* what) {
      if (fault.count == 0) return;
      info_.damage.push_back(std::string(what) + ", a fault of the recorder that wrote this trace: " +
                             counted(fault.count, "time") + ", first in " + fault.first + ".");
    };
    tell(overlap_, "Critical sections of one lock overlap");
    tell(stray_release_, "Locks are released by threads that do not hold them");
    tell(fork_of_running_, "Threads are forked that exist already");
    tell(join_of_running_, "Threads are joined that have not ended");
    lines_ = {};
  }

  RecordingInfo info_;
  Names threads_, locks_, variables_;
  std::vector<Parsed> lines_;
  std::vector<Life> lives_;
  std::vector<std::vector<Holder>> holders_;
  std::vector<bool> lock_named_, variable_named_;
  std::vector<Record> records_;
  Fault overlap_, stray_release_, fork_of_running_, join_of_running_;
};

class StdCursor final : public StreamCursor {
 public:
  explicit StdCursor(const StdRecording& recording, bool exists)
      : recording_(recording), count_(exists ? recording.records().size() : 0) {
    see_task();
  }

  const Event* next() override {
    if (at_ == count_) return nullptr;
    const Record& record = recording_.records()[at_++];
    see_task();
    event_ = Event{};
    event_.op = record.op;
    event_.flags = record.flags;
    event_.arg = record.arg;
    event_.object = record.object;
    event_.value = record.op == Op::access_range ? variable_bytes : 0;
    event_.pc = record.place;
    if (record.op == Op::name) event_.text = recording_.name_of(record);
    return &event_;
  }

 private:
  void see_task() { task_ = at_ == count_ ? no_task : TaskId{recording_.records()[at_].task}; }

  const StdRecording& recording_;
  std::size_t count_;
  std::size_t at_ = 0;
  Event event_;
};

std::unique_ptr<StreamCursor> StdRecording::open_stream(StreamId stream, StackTable&) const {
  return std::make_unique<StdCursor>(*this, stream == StreamId{1});
}

}  // namespace

bool begins_like_std_text(std::span<const std::byte> start) {
  std::string_view text(reinterpret_cast<const char*>(start.data()), std::min(start.size(), max_line_bytes));
  while (text.starts_with('\n') || text.starts_with("\r\n")) text.remove_prefix(text[0] == '\r' ? 2 : 1);
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return parse_line(text).has_value();
}

Result<std::unique_ptr<Recording>> read_std_text(const std::string& path, const ByteSource& source) {
  auto recording = std::make_unique<StdRecording>(path);
  if (std::optional<Error> error = recording->read(source)) return std::move(*error);
  return std::unique_ptr<Recording>(std::move(recording));
}

}  // namespace tenter::analysis
