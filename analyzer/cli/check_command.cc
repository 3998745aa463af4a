// The pipeline, from a file's bytes to a report, is check_recording() below.
#include "cli/check_command.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

#include "base/text.h"
#include "channel/misuse.h"
#include "channel/unordered_close.h"
#include "channel/wait_group_use.h"
#include "cli/analyses.h"
#include "cli/files.h"
#include "cli/losses.h"
#include "cli/prediction.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "deadlock/lock_order.h"
#include "deadlock/wait_graph.h"
#include "finding/collect.h"
#include "finding/rank.h"
#include "finding/suppressions.h"
#include "happens_before/happens_before.h"
#include "leak/left_behind.h"
#include "order/sequencer.h"
#include "race/race_detector.h"
#include "read/recording.h"
#include "report/json_report.h"
#include "report/text_report.h"
#include "symbolize/elf_build_id.h"
#include "symbolize/elf_compilers.h"
#include "symbolize/place_names.h"
#include "symbolize/symbolizer.h"

namespace tenter::analysis {
namespace {

// Whoever did not ask for a prediction does not wait for one, nor give it much memory: some seconds, some 300 MB at most.
constexpr std::uint64_t unasked_work = default_work / 10;
constexpr std::size_t unasked_events = std::size_t{1} << 22;

struct Checked {
  RecordingSummary summary;
  std::vector<Finding> findings;
};

bool is_access(const Event& event) {
  return event.op == trace::Op::access_range || event.op == trace::Op::atomic_load ||
         event.op == trace::Op::atomic_store || event.op == trace::Op::atomic_rmw;
}

// Of a limited memory a part: what does not fit is left to hb.
void limit_memory(PredictionOptions& prediction, const CheckOptions& options) {
  TraceTable::Limits& table = prediction.table;
  PossibleRaces::Limits& possible = prediction.possible;
  if (!options.asked_to_predict) {
    table.events = std::min(table.events, unasked_events);
    possible.cells = std::min(possible.cells, unasked_events);
  }
  if (options.memory_limit == 0) return;
  const std::uint64_t share = options.memory_limit / 8;
  table.events = std::min<std::uint64_t>(table.events, share / sizeof(TableEvent));
  table.clock_words = std::min<std::uint64_t>(table.clock_words, share / sizeof(std::uint32_t));
  possible.cells = std::min<std::uint64_t>(possible.cells, share / PossibleRaces::bytes_a_cell);
  possible.clock_words = table.clock_words;
}

// Every module with callbacks is at hand as it was recorded, and none of its compilers left out reads.
bool every_module_reports_all_reads(const std::vector<Module>& modules) {
  return std::ranges::all_of(modules, [](const Module& module) {
    return !module.instrumented || (!module.build_id.empty() && build_id_of_file(module.path) == module.build_id &&
                                    reports_all_reads(compilers_of_file(module.path)));
  });
}

RecordingSummary summarize(const RecordingInfo& info, const World& world, std::size_t stalled_streams) {
  RecordingSummary summary;
  summary.path = info.path;
  summary.program = info.program;
  summary.end = info.end;
  summary.lost_events = info.lost_events;
  summary.events = world.events();
  summary.accesses = world.accesses();
  summary.notes = info.damage;
  for (const Module& module : info.modules)
    if (module.instrumented) summary.instrumented_modules.push_back(module.path);
  for (const TaskInfo& task : world.tasks()) {
    if (task.id == no_task || task.kind == trace::TaskKind::worker) continue;
    const bool of_the_library =
        task.kind == trace::TaskKind::task || (task.kind == trace::TaskKind::main && task.creator != no_task);
    ++(of_the_library ? summary.tasks : summary.threads);
  }
  if (stalled_streams > 0)
    summary.notes.push_back(counted(stalled_streams, "thread") +
                            " could be followed only in part, because events on which " +
                            (stalled_streams == 1 ? "it depends" : "they depend") + " are missing.");
  for (std::string& note : loss_notes(info)) summary.notes.push_back(std::move(note));
  summary.complete = info.complete && stalled_streams == 0;
  if (!summary.complete && summary.notes.empty())
    summary.notes.push_back("The program did not come to a clean end, so its last events may be missing.");

  const bool foreign = info.modules.empty();
  summary.conclusive = summary.complete;
  if (summary.events == 0) {
    summary.conclusive = false;
    summary.notes.push_back("It holds no events.");
  } else if (summary.instrumented_modules.empty() && !foreign) {
    summary.conclusive = false;
    summary.notes.push_back("Nothing in the program was instrumented: build it with tenter-c++.");
  }
  return summary;
}

// Tells of one file's part. What is read of it in the order of the streams is told when it has come furthest.
class FileProgress {
 public:
  FileProgress(Progress& all, std::uint64_t bytes) : all_(all), bytes_(bytes) {}
  ~FileProgress() { all_.advance(bytes_ - told_, steps_); }
  FileProgress(const FileProgress&) = delete;
  FileProgress& operator=(const FileProgress&) = delete;
  void step(const Sequencer& sequencer) {
    constexpr std::uint64_t steps_between = 1u << 14;
    if (++steps_ < steps_between) return;
    const std::uint64_t now = std::clamp(sequencer.position(), told_, bytes_);
    all_.advance(now - told_, steps_);
    told_ = now;
    steps_ = 0;
  }

 private:
  Progress& all_;
  const std::uint64_t bytes_;
  std::uint64_t told_ = 0, steps_ = 0;
};

Result<Checked> check_recording(const std::string& path, const CheckOptions& options, Progress& all) {
  const auto wanted = [&](const char* analysis) { return options.analyses.contains(analysis); };
  Result<std::unique_ptr<Recording>> recording = open_recording(path);
  if (!recording) return recording.error();

  StackTable stacks;
  Sequencer sequencer(**recording, stacks);
  World world;
  HappensBefore order;
  RaceDetector races(world, order);
  LockOrder lock_order(world, order);
  LeftBehind left_behind(world);
  Misuse misuse(world);
  WaitGroupUse wait_groups(order);
  UnorderedClose closes(order);
  // Where a compiler left out reads, an order in which they would have had other values looks possible. What was recorded
  // from such a compiler's calls is predicted from when asked for, and never by itself.
  const bool foreign = (*recording)->info().modules.empty();
  const bool whole_reads = foreign || every_module_reports_all_reads((*recording)->info().modules);
  // Nor from a part of the accesses, whoever asks.
  const bool has_all_accesses = (*recording)->info().left_out_by_sample + (*recording)->info().left_out_by_size == 0;
  const bool may_predict = has_all_accesses && (whole_reads || options.asked_to_predict);
  const auto predicted_by = [&](const char* analysis) { return may_predict && wanted(analysis); };
  PredictionOptions prediction;
  prediction.shb = predicted_by("shb");
  prediction.syncp = predicted_by("syncp");
  prediction.osr = predicted_by("osr");
  prediction.window = options.window;
  prediction.most_work = options.asked_to_predict ? default_work : unasked_work;
  prediction.watched = [&](const Event& event) {
    return !is_access(event) || options.shard.covers(event.object, event.value);
  };
  limit_memory(prediction, options);
  PossibleRaces possible(prediction.possible);
  const bool hb = wanted("hb"), deadlock = wanted("deadlock"), leak = wanted("leak"), misused = wanted("misuse");

  for (FileProgress progress(all, (*recording)->info().stored_bytes); Step* step = sequencer.next();) {
    progress.step(sequencer);
    world.observe(*step);
    if (misused) {
      wait_groups.observe(*step);
      closes.observe(*step);
    }
    order.observe(*step);
    if (hb && prediction.watched(step->event)) races.observe(*step);
    if (prediction.any()) possible.observe(*step, world.lock_sets());
    if (deadlock) lock_order.observe(*step);
    if (leak) left_behind.observe(*step);
    misuse.observe(*step);
  }
  // What the streams hold that is unsound is known only now that they were read.
  const RecordingInfo& info = (*recording)->info();
  Checked checked;
  checked.summary = summarize(info, world, sequencer.stalled_streams());

  Candidates candidates;
  // Who waits at the end of an unfinished story may have been woken on the next page.
  const bool ends_as_it_did = !info.has_holes && sequencer.stalled_streams() == 0;
  const std::vector<DeadlockCandidate> deadlocks = ends_as_it_did || misuse.all_asleep()
                                                       ? find_deadlocks(world, misuse.all_asleep())
                                                       : std::vector<DeadlockCandidate>();
  if (hb) candidates.races = races.candidates();
  drop_doubtful(candidates.races);
  for (RaceCandidate& race : candidates.races) race.found_by = {"hb"};
  const std::vector<RaceCandidate> of_this_run = candidates.races;
  if (options.asked_to_predict && !has_all_accesses)
    checked.summary.notes.push_back(
        "Nothing is predicted: that needs every access, and some were left out on request.");
  const PredictionOutcome predicted =
      predict_races(**recording, stacks, possible.any(world.lock_sets()), prediction, candidates.races);
  checked.summary.notes.insert(checked.summary.notes.end(), predicted.notes.begin(), predicted.notes.end());
  if (!whole_reads && std::ranges::any_of(candidates.races, &RaceCandidate::predicted)) {
    checked.summary.notes.push_back(
        "A predicted race is real if the compiler reported every read on which its order rests: g++ does, and so does clang in "
        "programs that tenter-c++ built as a whole.");
  }
  if (deadlock) candidates.lock_cycles = lock_order.candidates();
  if (deadlock) candidates.deadlocks = deadlocks;
  // Accesses that were left out on request say nothing of who waits.
  const bool ended_cleanly =
      ends_as_it_did && info.windows_used == 0 && info.damage.empty() && info.lost_unasked() == 0;
  if (leak) candidates.leaks = left_behind.candidates(deadlocks, ended_cleanly);
  if (leak) candidates.lost_cancels = find_lost_cancels(world, deadlocks, candidates.leaks);
  for (const MisuseCandidate& candidate : misuse.candidates())
    if (candidate.kind == trace::MisuseKind::all_tasks_asleep ? deadlock : misused)
      candidates.misuse.push_back(candidate);
  for (const auto* more : {&wait_groups.candidates(), &closes.candidates()})
    candidates.misuse.insert(candidates.misuse.end(), more->begin(), more->end());

  std::vector<MappedModule> modules;
  for (const Module& module : info.modules)
    modules.push_back({module.path, module.build_id, module.load_bias, module.begin, module.end, module.instrumented});
  Symbolizer symbols(modules, options.symbolize ? find_symbolizer() : std::string());
  PlaceNames places;
  NameSource& names = modules.empty() ? static_cast<NameSource&>(places) : symbols;
  checked.findings = collect_findings(candidates, world, stacks, names);
  Describer describe(world, stacks, names);
  for (const AnalysisChoice& choice : available_analyses()) {
    if (!wanted(choice.name) || (is_prediction(choice.name) && !may_predict)) continue;
    AnalysisSummary one{choice.name, choice.promise, 0, 0, 0};
    if (one.name == "hb") {
      one.racy_events = races.racy_events();
      one.racy_places = count_racy_places(of_this_run, describe);
    } else if (one.name == "deadlock") {
      one.deadlocks = candidates.deadlocks.size() + candidates.lock_cycles.size();
    }
    for (const PredictionOutcome::Engine& engine : predicted.engines) {
      if (one.name != engine.name) continue;
      one.racy_events = engine.racy_events;
      one.racy_places = count_places(engine.later_places, describe);
    }
    checked.summary.analyses.push_back(std::move(one));
  }
  if (deadlock && lock_order.exhausted()) {
    checked.summary.conclusive = false;
    checked.summary.notes.push_back(
        "The search for cycles of locks was given up before its end; shorter cycles were looked at first.");
  }
  if (options.symbolize)
    for (std::string& note : symbols.notes()) checked.summary.notes.push_back(std::move(note));
  if (Result<std::string> id = content_id(path)) checked.summary.id = *id;
  if (options.shard.of > 1)
    checked.summary.shard = std::to_string(options.shard.number) + '/' + std::to_string(options.shard.of);
  return checked;
}

// Together; what is not to be had counts as nothing.
std::uint64_t bytes_of(const std::vector<std::string>& files) {
  std::uint64_t all = 0;
  for (const std::string& file : files) {
    std::error_code unknown;
    const std::uintmax_t size = std::filesystem::file_size(file, unknown);
    if (!unknown) all += size;
  }
  return all;
}

void move_sources(std::vector<Finding>& findings, const std::vector<SourceRoot>& roots) {
  if (roots.empty()) return;
  const auto move_stack = [&](std::vector<Frame>& stack) {
    for (Frame& frame : stack) frame.file = moved_path(frame.file, roots);
  };
  const auto move_task = [&](TaskRef& task) { move_stack(task.created_at); };
  const auto move_wait = [&](WaitRef& wait) {
    move_task(wait.task);
    move_stack(wait.stack);
    move_stack(wait.held_at);
  };
  for (Finding& finding : findings) {
    for (Location& location : finding.locations) location.file = moved_path(location.file, roots);
    for (Side& side : finding.sides) {
      move_task(side.task);
      move_stack(side.stack);
    }
    if (finding.object) move_stack(finding.object->created_at);
    for (WaitRef& wait : finding.cycle) move_wait(wait);
    if (finding.blocked_on) move_wait(*finding.blocked_on);
    for (TaskRef& task : finding.could_be_unblocked_by) move_task(task);
  }
}

bool use_color(const std::string& when, bool to_stdout) {
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* forced = std::getenv("CLICOLOR_FORCE");
  if (forced != nullptr && *forced != '\0' && std::string(forced) != "0") return true;
  return to_stdout && ::isatty(1) != 0;
}

}  // namespace

bool Shard::covers(std::uint64_t address, std::uint64_t size) const {
  if (of <= 1) return true;
  constexpr unsigned page_bits = 12;
  const std::uint64_t first = address >> page_bits, last = (address + (size != 0 ? size - 1 : 0)) >> page_bits;
  // Neighbouring pages go to different shards, so a range of `of` pages touches them all.
  if (last - first >= of) return true;
  for (std::uint64_t page = first; page <= last; ++page)
    if (page % of == number - 1) return true;
  return false;
}

Result<CheckOutcome> check_recordings(const CheckOptions& options) {
  std::optional<Suppressions> suppressions;
  if (!options.suppressions_file.empty()) {
    Result<std::string> text = read_text_file(options.suppressions_file);
    if (!text) return text.error();
    Result<Suppressions> parsed = Suppressions::parse(*text, options.suppressions_file);
    if (!parsed) return parsed.error();
    suppressions = std::move(*parsed);
  }

  // Each worker takes the next file; results have their places, so the number of workers changes nothing but time.
  std::vector<std::optional<Result<Checked>>> results(options.files.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> out_of_memory{false};
  Progress progress(bytes_of(options.files), Progress::to_terminal());
  const auto work = [&] {
    try {
      for (std::size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < results.size();)
        results[i].emplace(check_recording(options.files[i], options, progress));
    } catch (const std::bad_alloc&) {
      out_of_memory.store(true, std::memory_order_relaxed);  // read after the join, which orders it
    }
  };
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < std::min<std::size_t>(options.jobs, results.size()); ++i) helpers.emplace_back(work);
  work();
  for (std::thread& helper : helpers) helper.join();
  if (out_of_memory.load(std::memory_order_relaxed)) throw std::bad_alloc();

  CheckOutcome outcome;
  std::vector<RecordingSummary> summaries;
  std::vector<std::vector<Finding>> found;
  for (std::optional<Result<Checked>>& result : results) {
    if (!*result) {
      outcome.unusable.push_back(result->error());
      continue;
    }
    Checked& checked = result->value();
    if (!options.kinds.empty())
      std::erase_if(checked.findings, [&](const Finding& finding) { return !options.kinds.contains(finding.kind); });
    if (suppressions) checked.summary.suppressed = suppressions->apply(checked.findings);
    move_sources(checked.findings, options.source_roots);
    summaries.push_back(std::move(checked.summary));
    found.push_back(std::move(checked.findings));
  }
  if (suppressions)
    for (const std::string& rule : suppressions->unused()) outcome.remarks.push_back("unused suppression: " + rule);
  outcome.report = join_recordings(TENTER_VERSION, std::move(summaries), std::move(found));
  return outcome;
}

Result<bool> write_outputs(const Report& report, const CheckOptions& options) {
  Result<bool> all = true;
  for (const CheckOptions::Output& output : options.outputs) {
    std::ostringstream text;
    if (output.format == "json") {
      write_json(report, text);
    } else {
      std::vector<std::string> roots = {"."};
      for (const SourceRoot& root : options.source_roots)
        if (!root.to.empty()) roots.push_back(root.to);
      SourceLines sources(roots);
      std::error_code unknown;
      write_text(report,
                 {use_color(options.color, output.path == "-"), options.symbolize ? &sources : nullptr,
                  std::filesystem::current_path(unknown).string()},
                 text);
    }
    // One that cannot be written costs the others nothing.
    if (Result<bool> written = write_text_file(output.path, text.str()); !written && all) all = std::move(written);
  }
  return all;
}

int conclude(const CheckOutcome& outcome) {
  for (const Error& error : outcome.unusable) say(error.sentence);
  for (const std::string& remark : outcome.remarks) say(remark);
  if (!outcome.unusable.empty()) {
    // Of several troubles the one that is not the file's fault is told by the status.
    int status = 0;
    for (const Error& error : outcome.unusable) status = std::max(status, status_of(error.exit_code));
    return status;
  }
  const std::vector<Finding>& findings = outcome.report.findings;
  // Whether a task had ended when the program did is a matter of luck, and a gate that fails by luck is switched off.
  if (std::any_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.severity != "note"; }))
    return status_of(ExitCode::findings);
  for (const RecordingSummary& recording : outcome.report.recordings) {
    if (recording.conclusive) continue;
    say(recording.path + ": " + (findings.empty() ? "nothing" : "nothing but notes") +
        " was found, but that proves nothing: " +
        (recording.notes.empty() ? std::string("the recording is incomplete.") : recording.notes.front()));
    return status_of(ExitCode::inconclusive);
  }
  return status_of(ExitCode::clean);
}

int run_check(const CheckArguments& arguments) {
  if (arguments.list_analyses) {
    std::string text;
    for (const AnalysisChoice& choice : available_analyses())
      text += std::string(choice.name) + "\n    " + choice.promise + '\n';
    const Result<bool> written = write_to_stdout(text);
    return written ? status_of(ExitCode::clean) : fail(written.error());
  }
  Result<CheckOptions> options = understand(arguments);
  if (!options) return fail(options.error());
  Result<CheckOutcome> outcome = check_recordings(*options);
  if (!outcome) return fail(outcome.error());
  if (!options->verbose) outcome->remarks.clear();
  // Where not one file could be read there is nothing to report.
  if (outcome->unusable.size() < options->files.size())
    if (const Result<bool> written = write_outputs(outcome->report, *options); !written)
      return written.error().sentence.empty() ? status_of(ExitCode::internal) : fail(written.error());
  return conclude(*outcome);
}

}  // namespace tenter::analysis
