#include "report/text_report.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "finding/describe.h"
#include "finding/fingerprint.h"
#include "finding/function_name.h"
#include "finding/rank.h"

namespace tenter::analysis {
namespace {

constexpr std::size_t max_frames_shown = 24;
constexpr std::size_t max_tasks_shown = 16;
constexpr std::size_t max_turns_shown = 12;
constexpr std::size_t max_function_bytes = 120;

class Writer {
 public:
  Writer(const RenderOptions& style, std::ostream& out) : style_(style), out_(out) {}

  void finding(const Finding& finding, bool many_recordings) {
    headline(finding);
    if (finding.cycle.empty()) sides(finding);
    else cycle(finding);
    object(finding);
    if (!finding.could_be_unblocked_by.empty()) {
      out_ << "  could be woken by: ";
      for (std::size_t i = 0; i < finding.could_be_unblocked_by.size() && i < max_tasks_shown; ++i)
        out_ << (i > 0 ? ", " : "") << safe(call_task(finding.could_be_unblocked_by[i]));
      out_ << '\n';
    }
    // A race of this run shows itself; one that is foreseen is shown.
    if (finding.witness && finding.certainty == "predicted") witness(*finding.witness, !finding.cycle.empty());
    out_ << "  " << bold("why") << ": " << safe(finding.explanation) << '\n';
    if (many_recordings) {
      out_ << "  seen in: ";
      for (std::size_t i = 0; i < finding.recordings.size() && i < max_tasks_shown; ++i)
        out_ << (i > 0 ? ", " : "") << safe(finding.recordings[i]);
      if (finding.recordings.size() > max_tasks_shown) out_ << ", ...";
      out_ << '\n';
    }
    out_ << "  ";
    if (!finding.found_by.empty()) out_ << "found by " << safe(in_words(finding.found_by)) << "; ";
    if (!finding.reason.empty()) out_ << "reason: " << safe(finding.reason) << " (" << safe(finding.proof) << "); ";
    out_ << safe(finding.certainty)
         << (finding.count > 1 ? ", seen " + group_digits(finding.count) + " times" : std::string()) << "; fingerprint "
         << safe(finding.fingerprint) << "; `tenter explain " << safe(finding.kind) << "` has examples\n\n";
  }

  void recording(const RecordingSummary& recording) {
    if (recording.source) {
      // Of sources there are many, and only those that could not be read are worth a line.
      for (const std::string& note : recording.notes)
        out_ << place(recording.path, 0, 0) << ": " << paint("33", "not checked") << ": " << safe(note) << '\n';
      return;
    }
    out_ << safe(recording.path) << ": " << safe(recording.program.empty() ? "unknown program" : recording.program)
         << ", " << counted(recording.events, "event") << ", " << counted(recording.threads, "thread");
    if (recording.tasks > 0) out_ << ", " << counted(recording.tasks, "task");
    if (!recording.end.empty() && recording.end != "unknown") out_ << ", " << safe(recording.end);
    if (!recording.complete) out_ << ", " << paint("33", "incomplete");
    if (!recording.shards.empty())
      out_ << (recording.shards.size() == 1 ? ", shard " : ", shards ") << safe(in_words(recording.shards));
    out_ << '\n';
    if (!recording.instrumented_modules.empty()) {
      std::vector<std::string> names;
      for (const std::string& module : recording.instrumented_modules) {
        if (names.size() == max_tasks_shown) {
          names.push_back("others");
          break;
        }
        names.push_back(file_name(module));
      }
      out_ << "  instrumented: " << safe(in_words(names)) << '\n';
    }
    for (const std::string& note : recording.notes) out_ << "  note: " << safe(note) << '\n';
  }

  void verdict(const Report& report) {
    std::map<std::pair<int, std::string>, std::size_t> kinds;
    for (const Finding& finding : report.findings) ++kinds[{kind_rank(finding.kind), finding.kind}];
    std::uint64_t suppressed = 0;
    for (const RecordingSummary& one : report.recordings) suppressed += one.suppressed;
    const std::string hidden = suppressed == 0 ? std::string() : " (" + counted(suppressed, "finding") + " suppressed)";
    const bool sure =
        std::all_of(report.recordings.begin(), report.recordings.end(), [](const auto& one) { return one.conclusive; });
    if (report.findings.empty()) {
      if (sure && !report.recordings.empty()) out_ << paint("32", "No findings") << hidden << ".\n";
      else out_ << paint("33", "No findings, but nothing is proven") << hidden << ": see the notes above.\n";
      return;
    }
    const bool notes_alone = std::all_of(report.findings.begin(), report.findings.end(),
                                         [](const Finding& one) { return one.severity == "note"; });
    if (notes_alone)
      out_ << paint(sure ? "32" : "33", "No errors or warnings") << ", but " << counted(report.findings.size(), "note")
           << hidden << ": ";
    else out_ << bold(counted(report.findings.size(), "finding")) << hidden << ": ";
    bool first = true;
    for (const auto& [kind, count] : kinds) {
      out_ << (first ? "" : ", ") << count << ' ' << safe(kind.second);
      first = false;
    }
    out_ << ".\n";
  }

 private:
  static std::string safe(std::string_view text) { return escape_for_terminal(text); }
  std::string paint(const char* code, const std::string& text) const {
    return style_.color ? std::string("\x1b[") + code + 'm' + text + "\x1b[0m" : text;
  }
  std::string bold(const std::string& text) const { return paint("1", text); }

  std::string place(const std::string& file, std::uint32_t line, std::uint32_t column) const {
    std::string text = safe(path_from(style_.folder, file));
    if (line != 0) text += ':' + std::to_string(line);
    if (line != 0 && column != 0) text += ':' + std::to_string(column);
    return text;
  }

  void headline(const Finding& finding) {
    const char* color = finding.severity == "error" ? "1;31" : finding.severity == "warning" ? "1;35" : "1;36";
    if (!finding.locations.empty() && !finding.locations.front().file.empty()) {
      const Location& at = finding.locations.front();
      out_ << bold(place(at.file, at.line, at.column)) << ": ";
    }
    out_ << paint(color, safe(finding.severity) + ':') << ' ' << bold(safe(finding.message)) << " ["
         << safe(finding.kind) << "]\n";
  }

  void frame(const Frame& frame, std::size_t number) {
    out_ << "    #" << number << ' '
         << (frame.function.empty()
                 ? "??"
                 : safe(style_.full_names ? frame.function : shorter_function(frame.function, max_function_bytes)));
    if (!frame.file.empty()) out_ << "  " << place(frame.file, frame.line, frame.column);
    else if (!frame.module.empty()) out_ << "  (" << safe(frame.module) << '+' << hex_number(frame.offset) << ')';
    if (frame.inlined) out_ << " [inlined]";
    out_ << '\n';
  }

  // The line of the frame that a person would go to, under that frame.
  void excerpt(const Frame& frame) {
    if (style_.sources == nullptr || frame.line == 0) return;
    const std::optional<std::string> line = style_.sources->line(frame.file, frame.line);
    if (!line) return;
    std::string text = *line;
    std::size_t column = frame.column;
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return;
    text.erase(0, begin);
    // A caret is worth drawing only where every byte before it is one column wide.
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    const std::string number = std::to_string(frame.line);
    out_ << "       " << number << " | " << safe(text) << '\n';
    if (plain && column > begin && column - begin <= text.size())
      out_ << "       " << std::string(number.size(), ' ') << " | " << std::string(column - begin - 1, ' ')
           << paint("32", "^") << '\n';
  }

  void stack(const std::vector<Frame>& frames, bool with_excerpt) {
    if (frames.empty()) out_ << "    at an unknown place\n";
    const Frame* shown = frame_to_show(frames);
    for (std::size_t i = 0; i < frames.size() && i < max_frames_shown; ++i) {
      frame(frames[i], i);
      if (with_excerpt && &frames[i] == shown) excerpt(frames[i]);
    }
    if (frames.size() > max_frames_shown) out_ << "    ... " << frames.size() - max_frames_shown << " more\n";
  }

  void created(const TaskRef& task) {
    if (task.created_at.empty()) return;
    out_ << "   " << safe(call_task(task)) << " was created at\n";
    stack(task.created_at, false);
  }

  void sides(const Finding& finding) {
    std::vector<std::uint32_t> told;
    for (const Side& side : finding.sides) {
      out_ << "  "
           << bold(side.task.kind == "source" ? safe(side.role)
                                              : safe(call_task(side.task) + ' ' + what_it_does(side)));
      if (!side.locks.empty()) {
        out_ << ", holding ";
        for (std::size_t i = 0; i < side.locks.size(); ++i)
          out_ << (i > 0 ? ", " : "") << safe(quoted_name(side.locks[i].name));
      }
      out_ << '\n';
      stack(side.stack, true);
      synchronization(side);
    }
    for (const Side& side : finding.sides) {
      if (side.role == "create" || std::find(told.begin(), told.end(), side.task.id) != told.end()) continue;
      told.push_back(side.task.id);
      created(side.task);
    }
  }

  // Between the two lines is all that could have ordered the access with others.
  void synchronization(const Side& side) {
    const auto one = [&](const char* when, const std::optional<SynchronizationRef>& step) {
      if (!step) return;
      out_ << "    " << when << ": " << safe(step->does);
      if (!step->at.file.empty()) out_ << " at " << place(step->at.file, step->at.line, step->at.column);
      out_ << '\n';
    };
    one("last synchronization before it", side.last_synchronization);
    one("next synchronization after it", side.next_synchronization);
  }

  void cycle(const Finding& finding) {
    for (std::size_t i = 0; i < finding.cycle.size() && i < max_tasks_shown; ++i) {
      const WaitRef& wait = finding.cycle[i];
      out_ << "  "
           << bold(safe(call_task(wait.task)) + ' ' +
                   safe(finding.certainty == "predicted" ? "takes " + wait.wants : waits_words(wait.wants)))
           << '\n';
      stack(wait.stack, true);
      if (wait.since != 0) out_ << "    since step " << group_digits(wait.since) << " of the run\n";
      if (wait.holds.empty()) continue;
      out_ << "   while it holds " << safe(wait.holds) << (wait.held_at.empty() ? "\n" : ", taken at\n");
      stack(wait.held_at, true);
    }
    if (finding.cycle.size() > max_tasks_shown)
      out_ << "  ... and " << finding.cycle.size() - max_tasks_shown << " more\n";
    std::vector<std::uint32_t> told;
    for (std::size_t i = 0; i < finding.cycle.size() && i < max_tasks_shown; ++i) {
      const TaskRef& task = finding.cycle[i].task;
      if (std::find(told.begin(), told.end(), task.id) != told.end()) continue;
      told.push_back(task.id);
      created(task);
    }
  }

  void witness(const WitnessRef& witness, bool of_a_cycle) {
    const char* const end = of_a_cycle ? "each waits for the next" : "both are next";
    out_ << "  " << bold(std::string("an order of the same steps after which ") + end) << " ("
         << counted(witness.steps, "step") << ", checked)\n";
    const std::size_t turns = witness.schedule.size();
    const std::size_t shown = std::min(turns, max_turns_shown);
    if (const std::uint64_t before = witness.earlier_turns + turns - shown; before > 0)
      out_ << "    ... " << counted(before, "turn") << " before\n";
    for (std::size_t i = turns - shown; i < turns; ++i) {
      const TurnRef& turn = witness.schedule[i];
      out_ << "    " << safe(turn.name) << " does " << counted(turn.steps, "step");
      if (!turn.at.file.empty()) out_ << ", up to " << place(turn.at.file, turn.at.line, 0);
      if (!turn.does.empty()) out_ << (turn.at.file.empty() ? ", up to: " : ": ") << safe(turn.does);
      out_ << '\n';
    }
  }

  void object(const Finding& finding) {
    if (!finding.object) return;
    const ObjectRef& object = *finding.object;
    out_ << "  object: " << safe(object.kind);
    if (const std::string name = quoted_name(object.name); name != object.name && !name.starts_with("the "))
      out_ << ' ' << safe(name);
    if (object.size != 0) out_ << ", " << counted(object.size, "byte");
    if (!object.address.empty()) out_ << " at " << safe(object.address);
    const bool memory = object.kind == "heap" || object.kind == "mapping";
    out_ << (object.created_at.empty()  ? "\n"
             : memory                   ? ", allocated at\n"
             : object.kind == "channel" ? ", made at\n"
                                        : ", first used at\n");
    if (!object.created_at.empty()) stack(object.created_at, false);
  }

  const RenderOptions& style_;
  std::ostream& out_;
};

}  // namespace

std::string what_it_does(const Side& side) {
  static const std::map<std::string, std::string> verbs = {{"read", "reads"},
                                                           {"write", "writes"},
                                                           {"atomic-read", "atomically reads"},
                                                           {"atomic-write", "atomically writes"},
                                                           {"free", "frees the memory"},
                                                           {"lock", "locks"},
                                                           {"unlock", "unlocks"},
                                                           {"send", "sends"},
                                                           {"receive", "receives"},
                                                           {"close", "closes"},
                                                           {"select", "selects"},
                                                           {"destroy", "destroys"},
                                                           {"drop", "gives up the last useful handle"},
                                                           {"add", "adds"},
                                                           {"hold", "holds it since"},
                                                           {"done", "calls done()"},
                                                           {"wait", "waits"},
                                                           {"join", "joins"},
                                                           {"run", "was last seen"},
                                                           {"create", "was created"}};
  const auto known = verbs.find(side.role);
  std::string text = known != verbs.end() ? known->second : side.role;
  if (side.size != 0) text += ' ' + counted(side.size, "byte");
  return text;
}

void write_finding_text(const Finding& finding, bool many_recordings, const RenderOptions& options, std::ostream& out) {
  Writer(options, out).finding(finding, many_recordings);
}

void write_text(const Report& report, const RenderOptions& style, std::ostream& out) {
  Writer writer(style, out);
  for (const Finding& finding : report.findings) writer.finding(finding, report.recordings.size() > 1);
  for (const RecordingSummary& recording : report.recordings) writer.recording(recording);
  writer.verdict(report);
}

}  // namespace tenter::analysis
