// Writes the HTML reports that browser_test.mjs opens: of findings that no program would give all at once.
//
//   make_reports FOLDER
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "report/html_report.h"

using namespace tenter::analysis;

namespace {

Frame frame(std::string function, std::string file, std::uint32_t line) {
  Frame made;
  made.function = std::move(function);
  made.file = std::move(file);
  made.line = line;
  made.column = 7;
  made.module = "/opt/bank/bank";
  return made;
}

std::string numbered_fingerprint(std::size_t number) {
  const std::string digits = std::to_string(number);
  return std::string(32 - digits.size(), 'a') + digits;
}

Finding race(std::size_t number, const std::string& name, const std::string& file) {
  Finding finding;
  finding.kind = "data-race";
  finding.certainty = "observed";
  finding.severity = "error";
  finding.fingerprint = numbered_fingerprint(number);
  finding.message = "data race on `" + name + "` (8 bytes, global): written in deposit(), read in print()";
  finding.explanation = "Nothing orders the two. Thread 2 holds `" + name + "`, the main thread holds no lock.";
  finding.locations = {{file, "deposit()", 14, 7}, {file, "print()", 21, 7}};
  const TaskRef thread{2, name, "thread", {frame("main", file, 30)}}, main{1, "", "main", {}};
  finding.sides = {{"write", thread, {frame("deposit()", file, 14), frame("run()", file, 28)}, {{name, "0x10"}}, 8},
                   {"read", main, {frame("print()", file, 21)}, {}, 8}};
  finding.object = ObjectRef{"global", name, "0x1000", 8, {}};
  finding.found_by = {"hb"};
  return finding;
}

// Two threads pass a lock to and fro, and then each does what nothing orders with the other's.
TimelineRef timeline(std::size_t events, const std::string& name, const std::string& file) {
  TimelineRef made;
  made.lanes = {{1, "", "main", {}}, {2, name, "thread", {frame("main", file, 30)}}};
  const auto add = [&](std::uint32_t task, const std::string& op, const std::string& does, std::uint32_t line) {
    made.events.push_back({task, made.events.size() * 3, op, does, {file, "deposit()", line, 7}, {}});
  };
  add(1, "create", "create thread 2", 30);
  add(2, "start", "start", 0);
  made.arrows.push_back({0, 1, "create"});
  add(2, "other", "begin the initialization", 9);  // no arrow, no lock: not shown at first
  while (made.events.size() + 2 < events) {
    const std::uint32_t task = made.events.size() % 4 < 2 ? 1 : 2;
    const bool lock = made.events.size() % 2 != 0;
    add(task, lock ? "lock" : "unlock", (lock ? "lock `" : "unlock `") + name + '`', lock ? 12 : 15);
    const std::size_t last = made.events.size() - 1;
    if (lock && last > 3) made.arrows.push_back({last - 1, last, "lock"});
  }
  add(2, "write", "write", 14);
  made.events.back().side = 0;
  add(1, "read", "read", 21);
  made.events.back().side = 1;
  made.left_out = 4;
  return made;
}

Finding cycle(const std::string& one, const std::string& other, const std::string& file) {
  Finding finding;
  finding.kind = "deadlock";
  finding.certainty = "observed";
  finding.severity = "error";
  finding.fingerprint = numbered_fingerprint(7000);
  finding.message = "deadlock: 2 tasks wait for each other (mutex `" + one + "` and mutex `" + other + "`)";
  finding.explanation = "Each waits for the next.";
  const TaskRef first{2, "", "thread", {frame("main", file, 30)}}, second{3, "", "thread", {frame("main", file, 31)}};
  const auto wait = [&](const TaskRef& task, const std::string& wants, const std::string& holds, std::uint32_t line,
                        std::uint64_t since) {
    return WaitRef{task,
                   "mutex `" + wants + '`',
                   {frame("pay()", file, line)},
                   "mutex `" + holds + '`',
                   {frame("pay()", file, line - 1)},
                   since};
  };
  finding.cycle = {wait(first, one, other, 12, 1234000), wait(second, other, one, 16, 1234560)};
  for (const WaitRef& one_wait : finding.cycle) {
    finding.locations.push_back({file, "pay()", one_wait.stack.front().line, 7});
    finding.sides.push_back({"lock", one_wait.task, one_wait.stack, {}, 0});
  }
  return finding;
}

Finding leak(const std::string& channel, const std::string& file) {
  Finding finding;
  finding.kind = "task-leak";
  finding.certainty = "observed";
  finding.severity = "warning";
  finding.reason = "send-no-receiver";
  finding.proof = "likely";
  finding.fingerprint = numbered_fingerprint(8000);
  finding.message = "task `searcher` is left behind: it waits to send, and nobody receives";
  finding.explanation = "Only task 5 `reader` could have woken it.";
  const TaskRef searcher{4, "searcher", "task", {frame("main", file, 8)}};
  finding.blocked_on =
      WaitRef{searcher, "send to channel `" + channel + '`', {frame("search()", file, 9)}, "", {}, 999};
  finding.could_be_unblocked_by = {{5, "reader", "task", {frame("main", file, 10)}}};
  finding.locations = {{file, "search()", 9, 7}};
  finding.sides = {{"send", searcher, finding.blocked_on->stack, {}, 0}};
  finding.object = ObjectRef{"channel", channel, "0x2000", 0, {frame("main", file, 5)}};
  return finding;
}

RecordingSummary recording(const std::string& program) {
  RecordingSummary made;
  made.path = "bank.tent";
  made.program = program;
  made.complete = made.conclusive = true;
  made.threads = 2;
  made.events = 1234567;
  made.accesses = 1000000;
  made.end = "exited 0";
  made.instrumented_modules = {program};
  return made;
}

Report report_of(std::vector<Finding> findings, RecordingSummary of) {
  Report report;
  report.version = "0.0.0";
  report.analyses = {{"hb", "pairs of accesses that nothing orders.", findings.size(), 1, 0}};
  report.recordings = {std::move(of)};
  for (Finding& finding : findings) finding.recordings = {report.recordings.front().path};
  report.findings = std::move(findings);
  return report;
}

bool write(const std::filesystem::path& path, const Report& report, SourceLines* sources) {
  std::ofstream out(path, std::ios::binary);
  write_html(report, sources, out);
  return out.flush().good();
}

// What tries to leave the script, to run, to call somebody, or to look like something else.
const std::string hostile =
    "x</script><img src=\"http://127.0.0.1:9/a.png\" onerror=\"document.title='run'\"><!--<script>]]>&lt;"
    "\xe2\x80\xae\xe2\x80\xa8\xff\xfe \x1b]52;c;aGk=\x07 ::error:: {{REPORT}} $& `";

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "make_reports takes the folder to write to\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  const std::string source = (folder / "bank.cc").string();
  std::ofstream code(source);
  for (int line = 1; line <= 40; ++line)
    code << "  int line_" << line << "; // <b>" << (line == 14 ? hostile : "") << "</b>\n";
  code.close();
  SourceLines sources({folder.string()});

  std::vector<Finding> many;
  for (std::size_t i = 0; i < 2000; ++i) many.push_back(race(i, "total" + std::to_string(i), source));
  RecordingSummary cut = recording("bank");
  cut.complete = cut.conclusive = false;
  cut.lost_events = 17;
  cut.notes = {"The disk was full: 17 events are missing."};
  RecordingSummary hostile_run = recording(hostile);
  hostile_run.path = hostile;
  hostile_run.notes = {hostile};

  Finding shown = race(1, "total", source), large = shown, strange = race(2, hostile, source);
  shown.timeline = timeline(12, "guard", source);
  large.timeline = timeline(200'000, "guard", source);
  strange.timeline = timeline(12, hostile, hostile);
  for (Finding& one : many) one.timeline = timeline(100, "guard", source);

  bool good = write(
      folder / "plain.html",
      report_of({shown, cycle("accounts", "journal", source), leak("answers", source)}, recording("bank")), &sources);
  good = good && write(folder / "hostile.html",
                       report_of({race(1, hostile, hostile), strange, cycle(hostile, hostile + "2", hostile),
                                  leak(hostile, hostile)},
                                 hostile_run),
                       &sources);
  good = good && write(folder / "many.html", report_of(std::move(many), recording("bank")), &sources);
  Finding wordy = race(1, "total", source);
  std::string name = "std::map<int, int>";
  for (int depth = 0; depth < 6; ++depth) name = "std::map<" + name + ", std::less<int>, std::allocator<" + name + ">>";
  wordy.sides[0].stack = {frame("void Store::put<" + name + ">(" + name + " const&)", source, 14)};
  good = good && write(folder / "wordy.html", report_of({wordy}, recording("bank")), &sources);
  good = good && write(folder / "large.html", report_of({large}, recording("bank")), &sources);
  good = good && write(folder / "nothing.html", report_of({}, recording("bank")), &sources);
  good = good && write(folder / "cut_short.html", report_of({}, cut), nullptr);
  if (!good) std::cerr << "make_reports cannot write to " << folder << '\n';
  return good ? 0 : 1;
}
