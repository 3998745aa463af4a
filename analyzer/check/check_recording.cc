#include "check/check_recording.h"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "base/text.h"
#include "check/analyses.h"
#include "check/deadlock_prediction.h"
#include "check/every_pair_look.h"
#include "check/first_look.h"
#include "check/left_by_select_look.h"
#include "check/lock_order_look.h"
#include "check/losses.h"
#include "check/mapped_modules.h"
#include "check/possible_look.h"
#include "check/prediction.h"
#include "check/standstill_prediction.h"
#include "deadlock/wait_graph.h"
#include "finding/collect.h"
#include "finding/detector_races.h"
#include "finding/rank.h"
#include "happens_before/happens_before.h"
#include "order/sequencer.h"
#include "read/recording.h"
#include "symbolize/elf_build_id.h"
#include "symbolize/elf_compilers.h"
#include "symbolize/place_names.h"
#include "symbolize/symbolizer.h"

namespace tenter::analysis {
namespace {

// Whoever did not ask for a prediction does not wait for one, nor give it much memory: some seconds, some 300 MB at most.
constexpr std::uint64_t unasked_work = default_work / 10;
constexpr std::size_t unasked_events = std::size_t{1} << 22;

// Of a limited memory a part: what does not fit is left to hb.
void limit_memory(PredictionOptions& prediction, const CheckSettings& settings) {
  TraceTable::Limits& table = prediction.table;
  PossibleRaces::Limits& possible = prediction.possible;
  if (!settings.asked_to_predict) {
    table.events = std::min(table.events, unasked_events);
    possible.cells = std::min(possible.cells, unasked_events);
  }
  if (settings.memory_limit == 0) return;
  const std::uint64_t share = settings.memory_limit / 8;
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
    ++(task.is_of_the_library() ? summary.tasks : summary.threads);
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
  FileProgress(const Advance& advance, std::uint64_t bytes) : advance_(advance), bytes_(bytes) {}
  ~FileProgress() { advance_(bytes_ - told_, 0); }
  FileProgress(const FileProgress&) = delete;
  FileProgress& operator=(const FileProgress&) = delete;
  void at(std::uint64_t position, std::uint64_t steps) {
    const std::uint64_t now = std::clamp(position, told_, bytes_);
    advance_(now - told_, steps);
    told_ = now;
  }

 private:
  const Advance& advance_;
  const std::uint64_t bytes_;
  std::uint64_t told_ = 0;
};

// What happened around the candidates: one more look at the run, as far as it goes on about them.
std::vector<std::optional<Timeline>> timelines_of(const Recording& recording, StackTable& stacks, const World& world,
                                                  const Candidates& candidates) {
  std::vector<TimelineRequest> requests = timeline_requests(candidates);
  if (requests.empty()) return {};
  Timelines timelines(world, std::move(requests));
  HappensBefore order;
  Sequencer sequencer(recording, stacks);
  while (!timelines.complete()) {
    const Step* const step = sequencer.next();
    if (step == nullptr) break;
    order.observe(*step);
    timelines.observe(*step, order);
  }
  return timelines.finish();
}

// A fault of who wrote the trace is said once, as such. That the program misused those locks nobody knows.
void drop_contradicted(const std::vector<std::uint64_t>& locks, Candidates& candidates) {
  const auto drop = [&](auto& of, auto lock) {
    std::erase_if(of, [&](const auto& one) { return std::ranges::binary_search(locks, one.*lock); });
  };
  drop(candidates.misuse, &MisuseCandidate::object);
  drop(candidates.left_held, &LeftHeldCandidate::lock);
}

struct Recorded {
  World& world;
  StackTable& stacks;
  Symbolizer& symbols;
};

// What another detector found while the program ran.
void add_reports(const std::vector<DetectorReport>& reports, const CheckSettings& settings, const Recorded& recorded,
                 Candidates& candidates, RecordingSummary& summary) {
  if (reports.empty()) return;
  recorded.symbols.prepare(code_addresses(reports), {});
  DetectorTerms terms(recorded.world, recorded.stacks, recorded.symbols);
  for (const DetectorReport& report : reports) {
    if (const std::optional<RaceCandidate> race = terms.race(report)) {
      if (settings.analyses.contains("hb") && settings.shard.covers(race->right.address, race->right.size))
        candidates.races.push_back(*race);
      continue;
    }
    ToldCandidate told = terms.other(report);
    if (!has_kind(told)) {
      summary.notes.push_back("ThreadSanitizer reported `" + report.what +
                              "`, for which there is no kind of finding; what it printed tells more.");
    } else if (settings.analyses.contains(told.what == "lock-order-inversion" ? "deadlock" : "misuse")) {
      candidates.told.push_back(std::move(told));
    }
  }
}

}  // namespace

Checked check_recording(const Recording& recording, const CheckSettings& settings, const Advance& advance) {
  const auto wanted = [&](const char* analysis) { return settings.analyses.contains(analysis); };
  StackTable stacks;
  // Where a compiler left out reads, an order in which they would have had other values looks possible. What was recorded
  // from such a compiler's calls is predicted from when asked for, and never by itself.
  const bool foreign = recording.info().modules.empty();
  const bool whole_reads = foreign || every_module_reports_all_reads(recording.info().modules);
  // Nor from a part of the accesses, whoever asks.
  const bool has_all_accesses = recording.info().left_out_by_sample + recording.info().left_out_by_size == 0;
  // Where another detector looked at the accesses, the order that threads, locks and atomics of the program's own make is not
  // recorded: nothing is concluded from an order that is missing.
  const bool has_all_order = recording.info().detector.empty();
  const bool may_predict = has_all_order && has_all_accesses && (whole_reads || settings.asked_to_predict);
  const auto predicted_by = [&](const char* analysis) { return may_predict && wanted(analysis); };
  PredictionOptions prediction;
  prediction.shb = predicted_by("shb");
  prediction.syncp = predicted_by("syncp");
  prediction.osr = predicted_by("osr");
  prediction.window = settings.window;
  prediction.most_work = settings.asked_to_predict ? default_work : unasked_work;
  prediction.watched = [&](const Event& event) { return settings.shard.watches(event); };
  limit_memory(prediction, settings);
  const bool hb = wanted("hb"), deadlock = wanted("deadlock"), leak = wanted("leak"), misused = wanted("misuse");
  const bool spd = predicted_by("spd"), standstill = predicted_by("standstill");
  FirstLook first({.hb = hb || prediction.shb,
                   .deadlock = deadlock,
                   .leak = leak,
                   .misuse = misused,
                   .lock_order = deadlock || spd,
                   .waits_under_locks = standstill,
                   .left_for_shb = prediction.any() && (hb || prediction.shb),
                   .outlook = prediction.reorders(),
                   .has_all_order = has_all_order,
                   .shard = settings.shard,
                   .held_limit_ns = settings.held_limit_ns,
                   .possible = prediction.possible});
  {
    FileProgress progress(advance, recording.info().stored_bytes);
    first.look(recording, stacks, settings.threads,
               [&](std::uint64_t position, std::uint64_t steps) { progress.at(position, steps); });
  }
  World& world = first.world;
  // What the streams hold that is unsound is known only now that they were read.
  const RecordingInfo& info = recording.info();
  Checked checked;
  checked.summary = summarize(info, world, first.stalled_streams);

  Candidates candidates;
  // Who waits at the end of an unfinished story may have been woken on the next page.
  const bool ends_as_it_did = !info.has_holes && first.stalled_streams == 0;
  std::vector<DeadlockCandidate> deadlocks = ends_as_it_did || first.misuse.all_asleep()
                                                 ? find_deadlocks(world, first.misuse.all_asleep())
                                                 : std::vector<DeadlockCandidate>();
  // Accesses that were left out on request say nothing of who waits.
  const bool ended_cleanly =
      ends_as_it_did && info.windows_used == 0 && info.damage.empty() && info.lost_unasked() == 0;
  LeftOver left_over = first.left_behind.conclude(deadlocks, ended_cleanly);
  std::ranges::move(left_over.knots, std::back_inserter(deadlocks));
  if (hb) candidates.races = first.races.candidates();
  std::vector<RaceCandidate> of_first_look = candidates.races;
  drop_doubtful(of_first_look);
  if (hb && !first.races.racy_granules().empty())
    std::ranges::move(look_for_every_pair(recording, stacks, first.races.racy_granules(), candidates.races),
                      std::back_inserter(candidates.races));
  drop_doubtful(candidates.races);
  for (RaceCandidate& race : candidates.races) race.found_by = {"hb"};
  if (settings.asked_to_predict && !has_all_accesses)
    checked.summary.notes.push_back(
        "Nothing is predicted: that needs every access, and some were left out on request.");
  RunTable run(recording, stacks, prediction.table, prediction.watched);
  const Outlook::Answer outlook = prediction.reorders() ? first.outlook.answer(world.lock_sets(), first.left_for_shb)
                                  : first.left_for_shb  ? Outlook::Answer::look_again
                                                        : Outlook::Answer::nothing;
  const bool possible =
      outlook == Outlook::Answer::possible ||
      (outlook == Outlook::Answer::look_again && look_for_possible_races(recording, stacks, prediction.possible));
  const PredictionOutcome predicted = predict_races(recording, stacks, run, possible, prediction, candidates.races);
  checked.summary.notes.insert(checked.summary.notes.end(), predicted.notes.begin(), predicted.notes.end());
  if (!whole_reads && std::ranges::any_of(candidates.races, &RaceCandidate::predicted)) {
    checked.summary.notes.push_back(
        "A predicted race is real if the compiler reported every read on which its order rests: g++ does, and so does clang in "
        "programs that tenter-c++ built as a whole.");
  }
  LockCycles lock_cycles;
  if (first.lock_order.any_cycle()) lock_cycles = look_for_lock_cycles(recording, stacks);
  candidates.lock_cycles = std::move(lock_cycles.found);
  // Where the order of locks suggests nothing, no order of the steps shows anything.
  DeadlockPrediction predicted_deadlocks;
  if (spd && !candidates.lock_cycles.empty()) {
    predicted_deadlocks = predict_lock_deadlocks(recording, stacks, run, prediction.most_work, candidates.lock_cycles);
    for (std::string& note : predicted_deadlocks.notes) checked.summary.notes.push_back(std::move(note));
  }
  // Recorders before format 1.4 do not tell a try from an operation that insists.
  const bool tells_tries = foreign || info.format_minor >= 4;
  // Many programs wait for conditions, few do it without a look: nobody waits long for that unasked.
  constexpr std::uint64_t most_events_for_signals_unasked = std::uint64_t{1} << 20;
  const bool signals = first.waits_under_locks.signals_end_waits() &&
                       (settings.asked_to_predict || world.events() <= most_events_for_signals_unasked);
  StandstillPrediction standstills;
  if (standstill && ends_as_it_did && info.lost_unasked() == 0 && tells_tries &&
      (signals || first.waits_under_locks.any()))
    standstills = predict_standstills(recording, stacks, run, prediction.most_work);
  for (std::string& note : standstills.notes) checked.summary.notes.push_back(std::move(note));
  if (std::string note = run.limit_note(); !note.empty()) checked.summary.notes.push_back(std::move(note));
  if (!deadlock) std::erase_if(candidates.lock_cycles, [](const LockCycleCandidate& one) { return !one.witness; });
  if (deadlock) candidates.deadlocks = deadlocks;
  const std::uint64_t predicted_standstills = standstills.deadlocks.size();
  std::ranges::move(standstills.deadlocks, std::back_inserter(candidates.deadlocks));
  if (leak) candidates.leaks = std::move(left_over.leaks);
  candidates.left_by_select = first.left_by_select.needs_order() ? look_for_left_by_select(recording, stacks)
                                                                 : first.left_by_select.candidates();
  const std::vector<LeakCandidate> leaks_of_this_run = candidates.leaks;
  std::ranges::move(standstills.leaks, std::back_inserter(candidates.leaks));
  if (!has_all_order) std::erase_if(candidates.leaks, [](const LeakCandidate& one) { return one.thread; });
  if (leak) candidates.lost_cancels = find_lost_cancels(world, deadlocks, leaks_of_this_run);
  for (const MisuseCandidate& candidate : first.misuse.candidates())
    if (candidate.kind == trace::MisuseKind::all_tasks_asleep ? deadlock : misused)
      candidates.misuse.push_back(candidate);
  candidates.left_held = first.left_held.candidates();
  candidates.held_waiting = first.held_waiting.candidates();
  std::ranges::copy(first.foreseen.candidates(), std::back_inserter(candidates.misuse));
  drop_contradicted(info.contradicted_locks, candidates);

  if (settings.timelines && has_all_order) candidates.timelines = timelines_of(recording, stacks, world, candidates);

  const std::vector<MappedModule> modules = mapped_modules(info);
  Symbolizer symbols(modules, {.program = settings.symbolize ? find_symbolizer() : std::string(),
                               .sources = settings.symbol_sources,
                               .recorded_ns = info.start_time_ns});
  add_reports(info.reports, settings, {world, stacks, symbols}, candidates, checked.summary);
  PlaceNames places;
  NameSource& names = modules.empty() ? static_cast<NameSource&>(places) : symbols;
  checked.findings = collect_findings(candidates, world, stacks, names);
  Describer describe(world, stacks, names);
  for (const AnalysisChoice& choice : available_analyses()) {
    if (!wanted(choice.name) || (is_prediction(choice.name) && !may_predict)) continue;
    AnalysisSummary one{choice.name, choice.promise, 0, 0, 0};
    if (one.name == "hb") {
      one.racy_events = first.races.racy_events();
      one.racy_places = count_racy_places(of_first_look, describe);
    } else if (one.name == "deadlock") {
      one.deadlocks = deadlocks.size() + candidates.lock_cycles.size();
    }
    if (one.name == "spd") one.deadlocks = predicted_deadlocks.deadlocks;
    if (one.name == "standstill") one.deadlocks = predicted_standstills;
    for (const PredictionOutcome::Engine& engine : predicted.engines) {
      if (one.name != engine.name) continue;
      one.racy_events = engine.racy_events;
      one.racy_places = count_places(engine.later_places, describe);
    }
    checked.summary.analyses.push_back(std::move(one));
  }
  if (deadlock && lock_cycles.exhausted) {
    checked.summary.conclusive = false;
    checked.summary.notes.push_back(
        "The search for cycles of locks was given up before its end; shorter cycles were looked at first.");
  }
  if (settings.symbolize)
    for (std::string& note : symbols.notes()) checked.summary.notes.push_back(std::move(note));
  if (settings.shard.of > 1)
    checked.summary.shards = {std::to_string(settings.shard.number) + '/' + std::to_string(settings.shard.of)};
  return checked;
}

}  // namespace tenter::analysis
