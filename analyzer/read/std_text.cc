#include "read/std_text.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "base/chunks.h"
#include "base/text.h"
#include "read/decoder.h"
#include "read/text_numbers.h"

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

enum class Verb { read, write, acquire, release, fork, join, end, nothing };

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
  if (name == "end") return Verb::end;
  // A request is what an acquire is before it succeeds. A wait is written as a release and an acquire as well.
  for (const std::string_view passed_over : {"begin", "req", "dummy", "branch", "wait", "notify", "notifyAll"}) {
    if (name == passed_over) return Verb::nothing;
  }
  return std::nullopt;
}

// What is looked for is a few bytes away: memchr would take longer to be called.
std::size_t find_near(std::string_view text, char wanted, std::size_t from) {
  while (from < text.size() && text[from] != wanted) ++from;
  return from;
}

std::optional<Line> parse_line(std::string_view text) {
  const std::size_t first = find_near(text, '|', 0);
  if (first == 0 || first == text.size()) return std::nullopt;
  const std::size_t second = find_near(text, '|', first + 1);
  if (second == text.size()) return std::nullopt;
  Line line;
  line.thread = text.substr(0, first);
  std::string_view action = text.substr(first + 1, second - first - 1);
  const auto place = parse_number(text.substr(second + 1));
  if (!place || *place > max_place) return std::nullopt;
  line.place = *place;
  const std::size_t open = find_near(action, '(', 0);
  if (open != action.size()) {
    if (action.back() != ')') return std::nullopt;
    line.object = action.substr(open + 1, action.size() - open - 2);
    action = action.substr(0, open);
  }
  const auto verb = verb_named(action);
  if (!verb) return std::nullopt;
  if (*verb != Verb::nothing && *verb != Verb::end && line.object.empty()) return std::nullopt;
  line.verb = *verb;
  return line;
}

struct Record {
  std::uint64_t place : 48;
  std::uint64_t op : 8;
  std::uint64_t flags : 4;
  std::uint64_t arg : 4;
  std::uint32_t task;
  std::uint32_t object;  // its number, or the task
};
static_assert(sizeof(Record) == 16 && max_place >> 48 == 0);

Op op_of(const Record& record) { return static_cast<Op>(record.op); }
std::uint64_t address_of_lock(std::uint32_t number) { return locks_begin + number * lock_stride; }
std::uint64_t address_of(const Record& record) {
  switch (op_of(record)) {
    case Op::access_range: return variables_begin + record.object * variable_stride;
    case Op::lock_acquire:
    case Op::lock_release: return address_of_lock(record.object);
    case Op::name:
      if (record.flags == static_cast<unsigned>(trace::NameOf::lock)) return address_of_lock(record.object);
      if (record.flags == static_cast<unsigned>(trace::NameOf::task)) return record.object;
      return variables_begin + record.object * variable_stride;
    default: return record.object;
  }
}

TaskId task_of(std::uint32_t thread) { return TaskId{thread + 1}; }  // task 0 is nobody

// What is known only when all lines were read comes before the record of that number: that a thread ended, and that nobody
// was going to join it.
struct Insertion {
  std::size_t before = 0;
  std::uint32_t line = 0;
  Record record;
};

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
    finish();
    info_.raw_event_bytes = (records_.size() + insertions_.size()) * sizeof(Record);
    info_.complete = info_.damage.empty();
    return std::nullopt;
  }

  const RecordingInfo& info() const override { return info_; }
  std::vector<StreamId> streams() const override { return {StreamId{1}}; }
  std::unique_ptr<StreamCursor> open_stream(StreamId stream, StackTable& stacks) const override;

  const Chunks<Record>& records() const { return records_; }
  const std::vector<Insertion>& insertions() const { return insertions_; }  // in their order
  std::string_view name_of(const Record& name_event) const {
    switch (static_cast<trace::NameOf>(name_event.flags)) {
      case trace::NameOf::task: return threads_.text(name_event.object - 1);
      case trace::NameOf::lock: return locks_.text(name_event.object);
      default: return variables_.text(name_event.object);
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
    std::size_t records_until_last = 0;  // its last line so far, and how many records there were after it
    std::uint64_t last_place = 0;
    std::uint32_t last_line = 0;
    bool started = false, forked = false, joined = false;
    // Joins since its last line, of which the first is told of should it go on.
    std::uint32_t joins = 0, joining_line = 0, joining_thread = 0;
    std::uint32_t end_line = 0;  // 0: it has not said that it ends
  };
  struct Holder {
    std::uint32_t thread, depth, line;
  };
  // A fault that the recorder of the trace made, perhaps often: its first occurrence and how many there were.
  struct Fault {
    std::string first;
    std::uint64_t count = 0;
    std::uint32_t line = 0;
  };

  void parse(const ByteSource& source) {
    Window window(source);
    std::uint64_t offset = 0;
    std::uint32_t number = 0;
    while (offset < source.size()) {
      const std::span<const std::byte> bytes = window.view(offset, max_line_bytes);
      if (bytes.empty()) break;
      std::string_view block(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      const bool last_block = offset + bytes.size() >= source.size();
      // All whole lines of the block; one that it cuts begins the next block.
      for (bool first = true; !block.empty(); first = false) {
        const std::size_t end = block.find('\n');
        const bool whole = end != std::string_view::npos || last_block;
        if (!whole && !first) break;
        std::string_view text = block.substr(0, end);
        block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
        offset += text.size() + 1;
        ++number;
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (text.empty() && whole) continue;
        const std::optional<Line> line = whole ? parse_line(text) : std::nullopt;
        if (!line || number == UINT32_MAX) {
          info_.damage.push_back("Line " + group_digits(number) +
                                 " is no event of the form thread|op(object)|place: `" +
                                 escape_for_terminal(text.substr(0, 60)) + "`. It and what follows were left out.");
          return add_held_back();
        }
        // Where its variable's number lies is fetched while a few lines before it are dealt with.
        if (line->verb == Verb::read || line->verb == Verb::write) variables_.prefetch(line->object);
        std::pair<Line, std::uint32_t>& slot = held_back_[held_ % held_back_.size()];
        if (held_++ >= held_back_.size()) add(slot.first, slot.second);
        slot = {*line, number};
      }
      add_held_back();
    }
  }
  void add_held_back() {
    const std::size_t slots = held_back_.size();
    for (std::size_t i = held_ < slots ? 0 : held_ - slots; i < held_; ++i)
      add(held_back_[i % slots].first, held_back_[i % slots].second);
    held_ = 0;
  }

  void add(const Line& line, std::uint32_t number) {
    const std::uint32_t thread = threads_.number_of(line.thread);
    std::uint32_t object = 0;
    switch (line.verb) {
      case Verb::read:
      case Verb::write:
        object = variables_.number_of(line.object);
        if (object >= variable_named_.size()) variable_named_.resize(object + 1u);
        break;
      case Verb::acquire:
      case Verb::release:
        object = locks_.number_of(line.object);
        if (object >= lock_named_.size()) lock_named_.resize(object + 1u);
        if (object >= holders_.size()) holders_.resize(object + 1u);
        break;
      case Verb::fork:
      case Verb::join: object = threads_.number_of(line.object); break;
      case Verb::end:
      case Verb::nothing: break;
    }
    if (threads_.size() > lives_.size()) lives_.resize(threads_.size());
    add(Parsed{line.place, thread, object, line.verb, number});
  }

  static Record record_of(const Parsed& line, Op op, std::uint32_t object, std::uint8_t flags = 0,
                          std::uint8_t arg = 0) {
    return {line.place, static_cast<std::uint8_t>(op), flags, arg, index(task_of(line.thread)), object};
  }
  void emit(const Parsed& line, Op op, std::uint32_t object, std::uint8_t flags = 0, std::uint8_t arg = 0) {
    records_.push_back(record_of(line, op, object, flags, arg));
  }
  void emit_name(const Parsed& line, trace::NameOf what, std::uint32_t object) {
    emit(line, Op::name, object, static_cast<std::uint8_t>(what));
  }
  // Unless a line to come joins it.
  void expect_detach(const Parsed& line, std::uint32_t thread) {
    insertions_.push_back({records_.size(), line.line, record_of(line, Op::task_detach, index(task_of(thread)))});
  }

  void add(const Parsed& line) {
    Life& self = lives_[line.thread];
    if (self.joins != 0) went_on(line.thread);
    if (self.end_line != 0)
      note(step_after_end_, line, "something", "does", "and its end was in line " + group_digits(self.end_line));
    if (!self.started) {
      self.started = true;
      const bool main = records_.size() == 0;
      const auto kind = main ? trace::TaskKind::main : trace::TaskKind::thread;
      emit(line, Op::task_start, index(task_of(line.thread)), 0, static_cast<std::uint8_t>(kind));
      emit_name(line, trace::NameOf::task, index(task_of(line.thread)));
      if (!self.forked && !main) expect_detach(line, line.thread);
    }
    switch (line.verb) {
      case Verb::read:
      case Verb::write: {
        if (!variable_named_[line.object]) emit_name(line, trace::NameOf::object, line.object);
        variable_named_[line.object] = true;
        emit(line, Op::access_range, line.object,
             line.verb == Verb::write ? trace::AccessFlag::write : std::uint8_t{0});
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
        expect_detach(line, line.object);
        break;
      }
      case Verb::join: {
        Life& child = lives_[line.object];
        child.joined = true;
        if (line.object == line.thread) {
          note(join_of_running_, line, threads_.text(line.object), "joins", "which is itself");
        } else if (child.joins++ == 0) {
          child.joining_line = line.line;
          child.joining_thread = line.thread;
        }
        emit(line, Op::task_join, index(task_of(line.object)));
        break;
      }
      case Verb::end: self.end_line = line.line; break;
      case Verb::nothing: break;
    }
    self.records_until_last = records_.size();
    self.last_place = line.place;
    self.last_line = line.line;
  }

  // The thread was joined, but here is another line of it.
  void went_on(std::uint32_t thread) {
    Life& life = lives_[thread];
    Fault& fault = join_of_running_;
    if (fault.count == 0 || life.joining_line < fault.line) {
      fault.line = life.joining_line;
      fault.first = occurrence(life.joining_line, life.joining_thread, threads_.text(thread), "joins",
                               "which goes on afterwards");
    }
    fault.count += life.joins;
    life.joins = 0;
  }

  void acquire(const Parsed& line) {
    constexpr auto kind = static_cast<std::uint8_t>(trace::LockKind::recursive_mutex);
    if (!lock_named_[line.object]) emit_name(line, trace::NameOf::lock, line.object);
    lock_named_[line.object] = true;
    std::vector<Holder>& holders = holders_[line.object];
    const auto own =
        std::find_if(holders.begin(), holders.end(), [&](const Holder& h) { return h.thread == line.thread; });
    if (own != holders.end()) {
      ++own->depth;
      emit(line, Op::lock_acquire, line.object, trace::LockFlag::again, kind);
      return;
    }
    if (!holders.empty()) {
      note(overlap_, line, locks_.text(line.object), "acquires",
           "which " + escape_for_terminal(threads_.text(holders.front().thread)) + " holds since line " +
               group_digits(holders.front().line));
      contradicted_locks_.insert(line.object);
    }
    holders.push_back({line.thread, 1, line.line});
    emit(line, Op::lock_acquire, line.object, 0, kind);
  }

  void release(const Parsed& line) {
    constexpr auto kind = static_cast<std::uint8_t>(trace::LockKind::recursive_mutex);
    std::vector<Holder>& holders = holders_[line.object];
    const auto own =
        std::find_if(holders.begin(), holders.end(), [&](const Holder& h) { return h.thread == line.thread; });
    if (own == holders.end()) {
      note(stray_release_, line, locks_.text(line.object), "releases",
           "which it does not hold; the release was left out");
      if (!holders.empty()) contradicted_locks_.insert(line.object);
      return;
    }
    if (--own->depth > 0) {
      emit(line, Op::lock_release, line.object, trace::LockFlag::again, kind);
      return;
    }
    holders.erase(own);
    emit(line, Op::lock_release, line.object, 0, kind);
  }

  std::string occurrence(std::uint32_t line, std::uint32_t thread, std::string_view object, const char* does,
                         const std::string& what) const {
    return "line " + group_digits(line) + ", where " + escape_for_terminal(threads_.text(thread)) + " " + does + " " +
           escape_for_terminal(object) + ", " + what;
  }
  void note(Fault& fault, const Parsed& line, std::string_view object, const char* does, const std::string& what) {
    if (fault.count++ > 0) return;
    fault.first = occurrence(line.line, line.thread, object, does, what);
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
    tell(step_after_end_, "Threads go on after their end");
    for (const std::uint32_t lock : contradicted_locks_) info_.contradicted_locks.push_back(address_of_lock(lock));

    std::erase_if(insertions_, [&](const Insertion& one) { return lives_[one.record.object - 1].joined; });
    for (std::uint32_t thread = 0; thread < lives_.size(); ++thread) {
      const Life& life = lives_[thread];
      const Parsed last{life.last_place, thread, 0, Verb::nothing, life.last_line};
      if (life.started)
        insertions_.push_back(
            {life.records_until_last, last.line, record_of(last, Op::task_end, index(task_of(thread)))});
    }
    std::ranges::sort(insertions_, {}, [](const Insertion& one) {
      return std::tuple(one.before, one.line, op_of(one.record) == Op::task_end);
    });
    lives_ = {};
    holders_ = {};
    lock_named_ = variable_named_ = {};
  }

  RecordingInfo info_;
  TextNumbers threads_, locks_, variables_;
  std::vector<Life> lives_;
  std::vector<std::vector<Holder>> holders_;
  std::vector<bool> lock_named_, variable_named_;
  Chunks<Record> records_;
  std::vector<Insertion> insertions_;
  std::array<std::pair<Line, std::uint32_t>, 8> held_back_;  // lines and their numbers, in turns
  std::size_t held_ = 0;
  std::set<std::uint32_t> contradicted_locks_;
  Fault overlap_, stray_release_, fork_of_running_, join_of_running_, step_after_end_;
};

class StdCursor final : public StreamCursor {
 public:
  explicit StdCursor(const StdRecording& recording, bool exists)
      : recording_(recording),
        records_(exists ? recording.records().size() : 0),
        insertions_(exists ? recording.insertions().size() : 0) {
    see_next();
  }

  bool next(Event& event) override {
    if (next_ == nullptr) return false;
    const Record& record = *next_;
    see_next();
    event.op = op_of(record);
    event.flags = record.flags;
    event.arg = record.arg;
    event.object = address_of(record);
    event.value = event.op == Op::access_range ? variable_bytes : 0;
    event.pc = record.place;
    if (event.op == Op::name) event.text = recording_.name_of(record);
    const std::size_t ahead = at_ + records_ahead;
    event.soon = ahead < records_ && op_of(recording_.records()[ahead]) == Op::access_range
                     ? address_of(recording_.records()[ahead])
                     : 0;
    return true;
  }

 private:
  static constexpr std::size_t records_ahead = 12;

  void see_next() {
    if (inserted_ < insertions_ && recording_.insertions()[inserted_].before == at_) {
      next_ = &recording_.insertions()[inserted_++].record;
    } else {
      next_ = at_ < records_ ? &recording_.records()[at_++] : nullptr;
    }
    task_ = next_ == nullptr ? no_task : TaskId{next_->task};
  }

  const StdRecording& recording_;
  const std::size_t records_, insertions_;
  std::size_t at_ = 0, inserted_ = 0;
  const Record* next_ = nullptr;
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
