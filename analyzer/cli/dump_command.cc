#include "cli/dump_command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

#include "base/text.h"
#include "cli/composition.h"
#include "check/mapped_modules.h"
#include "cli/say.h"
#include "order/sequencer.h"
#include "order/world.h"
#include "read/names.h"
#include "read/recording.h"
#include "symbolize/symbolizer.h"

namespace tenter::analysis {
namespace {

using trace::Op;

// Standard output in large pieces. Once a write failed, nothing more is written and error() is its errno.
class Out {
 public:
  ~Out() { flush(); }
  Out() = default;
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  void line(const std::string& text) {
    buffer_ += text;
    buffer_ += '\n';
    if (buffer_.size() >= piece_bytes) flush();
  }
  bool flush() {
    if (error_ == 0 && !buffer_.empty() && std::fwrite(buffer_.data(), 1, buffer_.size(), stdout) != buffer_.size())
      error_ = errno;
    if (error_ == 0 && std::fflush(stdout) != 0) error_ = errno;
    buffer_.clear();
    return error_ == 0;
  }
  bool failed() const { return error_ != 0; }
  int error() const { return error_; }

 private:
  static constexpr std::size_t piece_bytes = std::size_t{1} << 16;
  std::string buffer_;
  int error_ = 0;
};

int finish(Out& out, const Recording& recording) {
  if (!out.flush())
    return fail({"standard output cannot be written: " + std::string(std::strerror(out.error())), ExitCode::internal});
  for (const std::string& sentence : recording.info().damage) say(recording.info().path + ": " + sentence);
  return status_of(ExitCode::clean);
}

// Says where code is. Addresses are return addresses: the call is just before.
class Places {
 public:
  Places(const RecordingInfo& info, bool symbolize) : info_(info) {
    if (!symbolize) return;
    symbols_ =
        std::make_unique<Symbolizer>(mapped_modules(info), Symbolizer::Settings{.recorded_ns = info.start_time_ns});
  }

  // Looks all places of the recording up at once.
  void prepare(const Recording& recording) {
    if (symbols_ == nullptr) return;
    std::set<std::uint64_t> places;
    StackTable stacks;
    Sequencer sequencer(recording, stacks);
    while (const Step* step = sequencer.next()) places.insert(step->event.pc);
    symbols_->prepare({places.begin(), places.end()}, {});
  }

  std::string name(std::uint64_t pc) {
    if (pc == 0) return "-";
    if (symbols_ != nullptr) {
      const std::vector<Frame>& frames = symbols_->frames(pc);
      if (!frames.empty() && !frames.front().function.empty()) {
        const Frame& frame = frames.front();
        return escape_for_terminal(frame.function) +
               (frame.file.empty()
                    ? std::string()
                    : " " + escape_for_terminal(file_name(frame.file)) + ":" + std::to_string(frame.line));
      }
    }
    // Of two modules that were loaded at one place, the later one comes last.
    for (auto module = info_.modules.rbegin(); module != info_.modules.rend(); ++module) {
      if (pc >= module->begin && pc < module->end)
        return escape_for_terminal(file_name(module->path)) + "+" + hex_number(pc - module->load_bias);
    }
    return info_.modules.empty() ? "place " + std::to_string(pc) : hex_number(pc);
  }

 private:
  const RecordingInfo& info_;
  std::unique_ptr<Symbolizer> symbols_;
};

void add(std::string& line, std::string_view word) {
  line += ' ';
  line += word;
}

void add_flags(std::string& line, std::uint8_t flags,
               std::initializer_list<std::pair<std::uint8_t, const char*>> names) {
  for (const auto& [bit, name] : names) {
    if ((flags & bit) != 0) add(line, name);
  }
}

std::string number(std::uint64_t value) { return std::to_string(value); }

// What an op's object, operand, flags and arg say.
void add_details(std::string& line, const Event& event) {
  const std::string object = hex_number(event.object);
  switch (event.op) {
    case Op::access_range:
      add(line, object);
      add(line, counted(event.value, "byte"));
      add_flags(line, event.flags, {{trace::AccessFlag::vptr, "vptr"}, {trace::AccessFlag::library, "library"}});
      return;
    case Op::atomic_load:
    case Op::atomic_store:
    case Op::atomic_rmw:
      add(line, object);
      add(line, counted(event.arg, "byte"));
      add(line, name_of(static_cast<trace::MemoryOrder>(event.flags)));
      return;
    case Op::fence: add(line, name_of(static_cast<trace::MemoryOrder>(event.flags))); return;
    case Op::lock_create:
    case Op::lock_destroy:
    case Op::lock_acquire:
    case Op::lock_release:
    case Op::lock_look:
      add(line, object);
      add(line, name_of(static_cast<trace::LockKind>(event.arg)));
      add_flags(line, event.flags,
                {{trace::LockFlag::shared, "shared"},
                 {trace::LockFlag::attempt, "attempt"},
                 {trace::LockFlag::again, "again"},
                 {trace::LockFlag::wait, "wait"}});
      return;
    case Op::task_create:
    case Op::task_start:
      add(line, number(event.object));
      add(line, name_of(static_cast<trace::TaskKind>(event.arg)));
      return;
    case Op::task_end:
    case Op::task_join:
    case Op::task_detach:
    case Op::task_resume:
    case Op::task_suspend: add(line, number(event.object)); return;
    case Op::alloc:
    case Op::free:
      add(line, object);
      add(line, name_of(static_cast<trace::MemoryKind>(event.arg)));
      if (event.value != 0) add(line, counted(event.value, "byte"));
      return;
    case Op::chan_make:
      add(line, object);
      add(line, "capacity " + number(event.value));
      return;
    case Op::chan_send:
    case Op::chan_recv:
    case Op::chan_park:
    case Op::chan_unpark:
    case Op::chan_done:
      add(line, object);
      if (event.value != 0) add(line, "partner " + number(event.value));
      add_flags(line, event.flags,
                {{trace::ChanFlag::send, "send"},
                 {trace::ChanFlag::closed, "closed"},
                 {trace::ChanFlag::select, "select"},
                 {trace::ChanFlag::attempt, "attempt"}});
      return;
    case Op::select_case:
      add(line, event.object != 0 ? object : "otherwise");
      if (event.value != 0) add(line, "handle at " + hex_number(event.value));
      add_flags(line, event.flags, {{trace::ChanFlag::send, "send"}, {trace::ChanFlag::due, "due"}});
      return;
    case Op::handle_birth:
    case Op::handle_death:
      add(line, object);
      add(line, "at " + hex_number(event.value));
      add_flags(line, event.flags, {{trace::HandleFlag::send, "send"}, {trace::HandleFlag::receive, "receive"}});
      if (event.flags == trace::HandleFlag::outside) {
        add(line, "outside");
      } else if (event.flags == trace::HandleFlag::cancel) {
        add(line, "cancel");
      } else if (event.flags == trace::HandleFlag::held) {
        add(line, "held");
      } else {
        add_flags(line, event.flags, {{trace::HandleFlag::copied, "copied"}, {trace::HandleFlag::moved, "moved"}});
      }
      return;
    case Op::wait_begin:
      add(line, object);
      add(line, name_of(static_cast<trace::WaitKind>(event.value)));
      return;
    case Op::wait_end:
      if (event.value != 0) add(line, "after " + number(event.value) + " ns, at " + number(event.object) + " us");
      return;
    case Op::misuse:
      add(line, object);
      add(line, name_of(static_cast<trace::MisuseKind>(event.value)));
      return;
    case Op::name:
      add(line, name_of(static_cast<trace::NameOf>(event.flags)));
      add(line, static_cast<trace::NameOf>(event.flags) == trace::NameOf::task ? number(event.object) : object);
      add(line, "\"" + escape_for_terminal(event.text) + "\"");
      return;
    case Op::lost: add(line, counted(event.object, "event")); return;
    case Op::wg_add:
      add(line, object);
      add(line, std::to_string(static_cast<std::int64_t>(event.value)));
      return;
    default:
      add(line, object);
      if (event.value != 0) add(line, number(event.value));
      return;
  }
}

std::string describe(const Recording& recording, const Step& step, Places& places) {
  const Event& event = step.event;
  std::string line = number(index(step.task));
  add(line, event.op != Op::access_range ? name_of(event.op) : is_write(event) ? "write" : "read");
  add_details(line, event);
  if (const std::string name = recording.object_name(event.object); !name.empty())
    add(line, "\"" + escape_for_terminal(name) + "\"");
  add(line, "at");
  add(line, places.name(event.pc));
  if (event.has_ticket) add(line, "[" + number(event.stripe) + ":" + number(event.count) + "]");
  return line;
}

int dump_events(const Recording& recording, bool symbolize) {
  Places places(recording.info(), symbolize);
  places.prepare(recording);
  Out out;
  StackTable stacks;
  Sequencer sequencer(recording, stacks);
  while (const Step* step = sequencer.next()) {
    out.line(describe(recording, *step, places));
    if (out.failed()) break;
  }
  if (sequencer.stalled_streams() > 0) {
    say(recording.info().path + ": " + counted(sequencer.stalled_streams(), "thread waits", "threads wait") +
        " for an event that is missing; what follows there is left out");
  }
  return finish(out, recording);
}

// A table of shares, the largest first.
void add_shares(Out& out, const std::string& title, std::vector<std::pair<std::string, Share>> rows,
                std::uint64_t all_bytes) {
  constexpr std::size_t rows_max = 25;
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::pair(b.second.bytes, a.first) < std::pair(a.second.bytes, b.first);
  });
  std::array<char, 160> text{};
  const auto row = [&](const std::string& name, const Share& share) {
    const double part = all_bytes == 0 ? 0 : 100.0 * static_cast<double>(share.bytes) / static_cast<double>(all_bytes);
    std::snprintf(text.data(), text.size(), "%17s %15s %6.1f %%  ", group_digits(share.events).c_str(),
                  group_digits(share.bytes).c_str(), part);
    out.line(text.data() + name);
  };
  std::snprintf(text.data(), text.size(), "%17s %15s %8s  ", "events", "bytes", "");
  out.line("");
  out.line(text.data() + title);
  Share others;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i < rows_max) {
      row(rows[i].first, rows[i].second);
    } else {
      others.events += rows[i].second.events;
      others.bytes += rows[i].second.bytes;
    }
  }
  if (rows.size() > rows_max) row(group_digits(rows.size() - rows_max) + " others", others);
}

void add_composition(Out& out, const Recording& recording) {
  const Composition made = composition_of(recording);
  std::vector<std::pair<std::string, Share>> rows(made.kinds.begin(), made.kinds.end());
  add_shares(out, "by kind", std::move(rows), made.all.bytes);
  rows.clear();
  for (const auto& [id, share] : made.threads)
    rows.emplace_back(made.thread_names.at(id).empty() ? "stream " + number(index(id)) : made.thread_names.at(id),
                      share);
  add_shares(out, "by thread", std::move(rows), made.all.bytes);
  rows.clear();
  for (const auto& [path, share] : made.modules)
    rows.emplace_back(path.empty() ? "(at no known place)" : escape_for_terminal(path), share);
  add_shares(out, "by module", std::move(rows), made.all.bytes);
}

int dump_stats(const Recording& recording) {
  StackTable stacks;
  World world;
  Sequencer sequencer(recording, stacks);
  while (Step* step = sequencer.next()) { world.observe(*step); }
  std::array<std::uint64_t, 4> by_kind{};
  for (const TaskInfo& task : world.tasks()) {
    const auto kind = static_cast<std::size_t>(task.kind);
    if (task.id != no_task && kind < by_kind.size()) ++by_kind[kind];
  }
  const auto of_kind = [&](trace::TaskKind kind) { return by_kind[static_cast<std::size_t>(kind)]; };

  const RecordingInfo& info = recording.info();  // read after the last step: decoding adds to it
  Out out;
  const auto say_pair = [&](std::string key, const std::string& value) {
    key.resize(std::max<std::size_t>(key.size() + 1, 18), ' ');
    out.line(key + value);
  };
  say_pair("program", escape_for_terminal(info.program));
  if (info.process_id != 0) say_pair("process", number(info.process_id));
  say_pair("end", escape_for_terminal(info.end));
  say_pair("complete", info.complete && sequencer.stalled_streams() == 0 ? "yes" : "no");
  say_pair("lost events", group_digits(info.lost_events));
  const auto say_if_any = [&](const char* key, std::uint64_t count) {
    if (count > 0) say_pair(key, group_digits(count));
  };
  say_if_any("left out, sample", info.left_out_by_sample);
  say_if_any("left out, size", info.left_out_by_size);
  say_if_any("small filters", info.small_filters);
  say_pair("streams", group_digits(recording.streams().size()));
  say_pair("stalled streams", group_digits(sequencer.stalled_streams()));
  say_pair("windows used", group_digits(info.windows_used));
  say_pair("chunks", group_digits(info.chunks) + ", of events " + group_digits(info.event_chunks));
  say_pair("bytes in file", group_digits(info.stored_bytes));
  say_pair("bytes of events",
           group_digits(info.raw_event_bytes) + ", stored as " + group_digits(info.stored_event_bytes));
  say_pair("events", group_digits(world.events()));
  if (world.events() > 0) {
    const double words =
        static_cast<double>(info.raw_event_bytes) / sizeof(trace::Word) / static_cast<double>(world.events());
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f", words);
    say_pair("words per event", text.data());
  }
  say_pair("threads", group_digits(of_kind(trace::TaskKind::main) + of_kind(trace::TaskKind::thread) +
                                   of_kind(trace::TaskKind::worker)));
  say_pair("tasks", group_digits(of_kind(trace::TaskKind::task)));
  say_pair("call stacks", group_digits(stacks.size() - 1));
  say_pair("sets of locks", group_digits(world.lock_sets().size() - 1));
  say_pair("modules", group_digits(info.modules.size()));
  for (const Module& module : info.modules)
    out.line(std::string(module.instrumented ? "  instrumented  " : "  plain         ") +
             escape_for_terminal(module.path));
  add_composition(out, recording);
  return finish(out, recording);
}

}  // namespace

void add_dump_options(CLI::App& command, DumpOptions& options) {
  command.add_option("file", options.file, "a recording (.tent) or RAPID's text (.std)")->type_name("FILE")->required();
  command.add_flag("--stats", options.stats, "what the recording holds in all");
  command.add_flag("--symbolize", options.symbolize, "functions and lines instead of module+offset");
}

int run_dump(const DumpOptions& options) {
  const Result<std::unique_ptr<Recording>> recording = open_recording(options.file);
  if (!recording) return fail(recording.error());
  return options.stats ? dump_stats(**recording) : dump_events(**recording, options.symbolize);
}

}  // namespace tenter::analysis
