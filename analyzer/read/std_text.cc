#include "read/std_text.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "read/decoder.h"
#include "read/std_faults.h"
#include "read/std_line.h"
#include "read/std_records.h"
#include "read/text_numbers.h"

namespace tenter::analysis {
namespace {

using trace::Op;

// Where made-up addresses of variables and locks begin; each has one of its own.
constexpr std::uint64_t variables_begin = 0x1000'0000'0000;
constexpr std::uint8_t variable_bytes = 8;  // one granule each: all that is remembered of memory is kept by granules
constexpr std::uint64_t locks_begin = 0x2000'0000'0000;
constexpr std::uint64_t lock_stride = 64;

std::uint64_t address_of_lock(std::uint32_t number) { return locks_begin + number * lock_stride; }
std::uint64_t address_of_variable(std::uint32_t number) {
  return variables_begin + std::uint64_t{number} * variable_bytes;
}

std::uint64_t address_of(const StdRecord& record) {
  switch (record.op()) {
    case Op::access_range: return address_of_variable(record.object);
    case Op::lock_acquire:
    case Op::lock_release: return address_of_lock(record.object);
    case Op::name:
      return record.flags() == static_cast<unsigned>(trace::NameOf::lock) ? address_of_lock(record.object)
                                                                          : record.object;
    default: return record.object;
  }
}

TaskId task_of(std::uint32_t thread) { return TaskId{thread + 1}; }  // task 0 is nobody

// What is known only when all lines were read comes before the record of that number: that a thread ended, and that nobody
// was going to join it.
struct Insertion {
  std::uint64_t before = 0;
  std::uint32_t line = 0;
  StdRecord record;
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
    info_.raw_event_bytes = (records_.size() + insertions_.size()) * sizeof(StdRecord);
    info_.complete = info_.damage.empty();
    return std::nullopt;
  }

  const RecordingInfo& info() const override { return info_; }
  std::vector<StreamId> streams() const override { return {StreamId{1}}; }
  std::unique_ptr<StreamCursor> open_stream(StreamId stream, StackTable& stacks) const override;

  std::string object_name(std::uint64_t address) const override {
    const std::uint64_t number = (address - variables_begin) / variable_bytes;
    if (address < variables_begin || number >= variables_.size()) return {};
    return address_of_variable(static_cast<std::uint32_t>(number)) == address
               ? variables_.text(static_cast<std::uint32_t>(number))
               : std::string();
  }

  const StdRecords& records() const { return records_; }
  const std::vector<Insertion>& insertions() const { return insertions_; }  // in their order
  std::string name_of(const StdRecord& name_event) const {
    return static_cast<trace::NameOf>(name_event.flags()) == trace::NameOf::task ? threads_.text(name_event.object - 1)
                                                                                 : locks_.text(name_event.object);
  }

 private:
  struct Life {
    std::uint64_t records_until_last = 0;  // its last line so far, and how many records there were after it
    std::uint64_t last_place = 0;
    std::uint32_t last_line = 0;
    bool started = false, forked = false, joined = false;
  };

  void parse(const ByteSource& source) {
    Window window(source);
    std::uint64_t offset = 0;
    std::uint32_t number = 0;
    StdLine usual;
    while (offset < source.size()) {
      const std::span<const std::byte> bytes = window.view(offset, StdLine::max_bytes);
      if (bytes.empty()) break;
      std::string_view block(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      const bool last_block = offset + bytes.size() >= source.size();
      // All whole lines of the block; one that it cuts begins the next block.
      for (bool first = true; !block.empty(); first = false) {
        const std::size_t length = read_usual_std_line(block, usual);
        if (length != 0 && number < UINT32_MAX - 1) {
          block.remove_prefix(length);
          offset += length;
          ++number;
          add_usual(usual, number);
          continue;
        }
        const std::size_t end = block.find('\n');
        const bool whole = end != std::string_view::npos || last_block;
        if (!whole && !first) break;
        std::string_view text = block.substr(0, end);
        block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
        offset += text.size() + 1;
        ++number;
        if (text.ends_with('\r')) text.remove_suffix(1);
        if (text.empty() && whole) continue;
        const std::optional<StdLine> line = whole ? parse_std_line(text) : std::nullopt;
        if (!line || number == UINT32_MAX) {
          info_.damage.push_back("Line " + group_digits(number) +
                                 " is no event of the form thread|op(object)|place: `" +
                                 escape_for_terminal(text.substr(0, 60)) + "`. It and what follows were left out.");
          return;
        }
        add(*line, number);
      }
    }
  }

  // An access or an operation of a lock, with eight readable bytes where each name begins.
  void add_usual(const StdLine& line, std::uint32_t number) {
    const std::uint32_t thread = thread_of_readable(line.thread);
    if (line.verb == StdVerb::read || line.verb == StdVerb::write) {
      const StdStep step{line.place, thread, variables_.number_of_readable(line.object), line.verb, number};
      begin_step(step);
      access(step);
      end_step(step);
    } else {
      add(StdStep{line.place, thread, locks_.number_of_readable(line.object), line.verb, number});
    }
  }

  void add(const StdLine& line, std::uint32_t number) {
    const std::uint32_t thread = threads_.number_of(line.thread);
    std::uint32_t object = 0;
    switch (line.verb) {
      case StdVerb::read:
      case StdVerb::write: object = variables_.number_of(line.object); break;
      case StdVerb::acquire:
      case StdVerb::release: object = locks_.number_of(line.object); break;
      case StdVerb::fork:
      case StdVerb::join: object = threads_.number_of(line.object); break;
      case StdVerb::end:
      case StdVerb::nothing: break;
    }
    if (threads_.size() > lives_.size()) lives_.resize(threads_.size());
    add(StdStep{line.place, thread, object, line.verb, number});
  }

  // Most lines are of the same thread as the one before.
  std::uint32_t thread_of_readable(std::string_view text) {
    const std::size_t others = 8 - text.size();
    if (text.size() != last_thread_bytes_ || text.size() > 8 || first_eight(text) << 8 * others != last_thread_text_) {
      last_thread_bytes_ = text.size();
      last_thread_text_ = text.size() > 8 ? 0 : first_eight(text) << 8 * others;
      last_thread_ = threads_.number_of_readable(text);
      if (threads_.size() > lives_.size()) lives_.resize(threads_.size());
    }
    return last_thread_;
  }

  static StdRecord record_of(const StdStep& step, Op op, std::uint32_t object, std::uint8_t flags = 0,
                             std::uint8_t arg = 0) {
    return StdRecord::of(step.place, StdRecord::what_of(op, flags, arg), index(task_of(step.thread)), object);
  }
  void emit(const StdStep& step, Op op, std::uint32_t object, std::uint8_t flags = 0, std::uint8_t arg = 0) {
    records_.push_back(record_of(step, op, object, flags, arg));
  }
  void emit_name(const StdStep& step, trace::NameOf what, std::uint32_t object) {
    emit(step, Op::name, object, static_cast<std::uint8_t>(what));
  }
  // Unless a line to come joins it.
  void expect_detach(const StdStep& step, std::uint32_t thread) {
    insertions_.push_back({records_.size(), step.line, record_of(step, Op::task_detach, index(task_of(thread)))});
  }

  void add(const StdStep& step) {
    begin_step(step);
    switch (step.verb) {
      case StdVerb::read:
      case StdVerb::write: access(step); break;
      case StdVerb::acquire: acquire(step); break;
      case StdVerb::release: release(step); break;
      case StdVerb::fork: fork(step); break;
      case StdVerb::join:
        lives_[step.object].joined = true;
        faults_.on_join(step);
        emit(step, Op::task_join, index(task_of(step.object)));
        break;
      case StdVerb::end: faults_.on_end(step); break;
      case StdVerb::nothing: break;
    }
    end_step(step);
  }

  void begin_step(const StdStep& step) {
    faults_.on_step(step);
    if (!lives_[step.thread].started) start(step);
  }
  void end_step(const StdStep& step) {
    Life& self = lives_[step.thread];
    self.records_until_last = records_.size();
    self.last_place = step.place;
    self.last_line = step.line;
  }

  void access(const StdStep& step) {
    emit(step, Op::access_range, step.object, step.verb == StdVerb::write ? trace::AccessFlag::write : std::uint8_t{0});
  }

  void start(const StdStep& step) {
    Life& self = lives_[step.thread];
    self.started = true;
    const bool main = records_.size() == 0;
    const auto kind = main ? trace::TaskKind::main : trace::TaskKind::thread;
    emit(step, Op::task_start, index(task_of(step.thread)), 0, static_cast<std::uint8_t>(kind));
    emit_name(step, trace::NameOf::task, index(task_of(step.thread)));
    if (!self.forked && !main) expect_detach(step, step.thread);
  }

  void fork(const StdStep& step) {
    Life& child = lives_[step.object];
    if (child.started || child.forked) return faults_.on_fork_of_running(step);
    child.forked = true;
    emit(step, Op::task_create, index(task_of(step.object)), 0, static_cast<std::uint8_t>(trace::TaskKind::thread));
    expect_detach(step, step.object);
  }

  void acquire(const StdStep& step) {
    constexpr auto kind = static_cast<std::uint8_t>(trace::LockKind::recursive_mutex);
    if (step.object >= lock_named_.size()) lock_named_.resize(step.object + 1u);
    if (!lock_named_[step.object]) emit_name(step, trace::NameOf::lock, step.object);
    lock_named_[step.object] = true;
    emit(step, Op::lock_acquire, step.object, faults_.on_acquire(step) ? trace::LockFlag::again : std::uint8_t{0},
         kind);
  }

  void release(const StdStep& step) {
    constexpr auto kind = static_cast<std::uint8_t>(trace::LockKind::recursive_mutex);
    const StdFaults::Release release = faults_.on_release(step);
    if (release == StdFaults::Release::stray) return;
    emit(step, Op::lock_release, step.object,
         release == StdFaults::Release::inner ? trace::LockFlag::again : std::uint8_t{0}, kind);
  }

  void finish() {
    std::ranges::move(faults_.sentences(), std::back_inserter(info_.damage));
    for (const std::uint32_t lock : faults_.contradicted_locks())
      info_.contradicted_locks.push_back(address_of_lock(lock));

    std::erase_if(insertions_, [&](const Insertion& one) { return lives_[one.record.object - 1].joined; });
    for (std::uint32_t thread = 0; thread < lives_.size(); ++thread) {
      const Life& life = lives_[thread];
      const StdStep last{life.last_place, thread, 0, StdVerb::nothing, life.last_line};
      if (life.started)
        insertions_.push_back(
            {life.records_until_last, last.line, record_of(last, Op::task_end, index(task_of(thread)))});
    }
    std::ranges::sort(insertions_, {}, [](const Insertion& one) {
      return std::tuple(one.before, one.line, one.record.op() == Op::task_end);
    });
    records_.finish();
    lives_ = {};
    lock_named_ = {};
  }

  RecordingInfo info_;
  TextNumbers threads_, locks_, variables_;
  StdFaults faults_{threads_, locks_};
  // Of the last usual line.
  std::size_t last_thread_bytes_ = 0;   // 0: there is none
  std::uint64_t last_thread_text_ = 0;  // of up to eight bytes, the last one highest
  std::uint32_t last_thread_ = 0;
  std::vector<Life> lives_;  // by thread
  std::vector<bool> lock_named_;
  StdRecords records_;
  std::vector<Insertion> insertions_;
};

class StdCursor final : public StreamCursor {
 public:
  explicit StdCursor(const StdRecording& recording, bool exists)
      : recording_(recording), insertions_(recording.insertions()), reader_(recording.records()) {
    find_insertion();
    if (exists) see_next();
  }

  bool next(Event& event) override {
    if (next_ == nullptr) return false;
    const StdRecord record = *next_;
    see_next();
    event.op = record.op();
    event.flags = record.flags();
    event.arg = record.arg();
    event.object = address_of(record);
    event.value = event.op == Op::access_range ? variable_bytes : 0;
    event.pc = record.place;
    if (event.op == Op::name) event.text = name_ = recording_.name_of(record);
    event.soon = soon();
    return true;
  }

  Made accesses(Event& event, std::span<PlainAccess> room) override {
    if (next_ == nullptr) return {};
    Made made;
    for (const std::uint32_t task = next_->task; next_ != nullptr && next_->task == task;) {
      if (next_->op() != Op::access_range) {
        made.event = next(event);
        break;
      }
      if (made.accesses == room.size()) break;
      PlainAccess& access = room[made.accesses++];
      access = {address_of_variable(next_->object),
                next_->place,
                0,
                empty_stack,
                variable_bytes,
                (next_->flags() & trace::AccessFlag::write) != 0};
      see_next();
      access.soon = soon();
    }
    return made;
  }

 private:
  static constexpr std::size_t records_ahead = 12;

  std::uint64_t soon() const {
    const StdRecord* const ahead = reader_.peek(records_ahead);
    return ahead != nullptr && ahead->op() == Op::access_range ? address_of_variable(ahead->object) : 0;
  }

  void see_next() {
    if (at_ == insertion_at_) {
      next_ = &insertions_[inserted_++].record;
      find_insertion();
    } else {
      next_ = reader_.next();
      ++at_;
    }
    task_ = next_ != nullptr ? TaskId{next_->task} : no_task;
  }
  void find_insertion() { insertion_at_ = inserted_ < insertions_.size() ? insertions_[inserted_].before : UINT64_MAX; }

  const StdRecording& recording_;
  const std::vector<Insertion>& insertions_;
  StdRecords::Reader reader_;
  std::uint64_t at_ = 0;  // records so far
  std::size_t inserted_ = 0;
  std::uint64_t insertion_at_ = 0;   // so many records are before the next insertion
  const StdRecord* next_ = nullptr;  // null at the end
  std::string name_;
};

std::unique_ptr<StreamCursor> StdRecording::open_stream(StreamId stream, StackTable&) const {
  return std::make_unique<StdCursor>(*this, stream == StreamId{1});
}

}  // namespace

bool begins_like_std_text(std::span<const std::byte> start) {
  std::string_view text(reinterpret_cast<const char*>(start.data()), std::min(start.size(), StdLine::max_bytes));
  while (text.starts_with('\n') || text.starts_with("\r\n")) text.remove_prefix(text[0] == '\r' ? 2 : 1);
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return parse_std_line(text).has_value();
}

Result<std::unique_ptr<Recording>> read_std_text(const std::string& path, const ByteSource& source) {
  auto recording = std::make_unique<StdRecording>(path);
  if (std::optional<Error> error = recording->read(source)) return std::move(*error);
  return std::unique_ptr<Recording>(std::move(recording));
}

}  // namespace tenter::analysis
