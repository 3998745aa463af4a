// misuse_test [--seed=N] [--count=N] [--print]: what the engines foresee, misuse and deadlocks, in recordings of small random
// programs, against all schedules of the same programs.
//
//   precision   of what the engines report as possible, how much some schedule shows: all of it
//   recall      of what some schedule shows of acts that the recorded run did without anything going wrong, how much they report;
//               of deadlocks, where it came to its end
#include <iomanip>
#include <iostream>
#include <map>
#include <string_view>

#include "arguments.h"
#include "channel/foreseen_misuse.h"
#include "happens_before/happens_before.h"
#include "order/world.h"
#include "small_programs.h"
#include "small_run.h"
#include "verdicts.h"

using namespace tenter::analysis;
using tenter::trace::MisuseKind;
using oracle::Mishap;
using oracle::Trouble;

namespace {

constexpr std::size_t most_states = 50000;

struct Score {
  std::uint64_t reported = 0, wrong = 0, shown = 0, found = 0;
};
using Scores = std::map<Trouble, Score>;

oracle::Truth reports_of(oracle::SmallRun& run) {
  World world;
  HappensBefore order;
  ForeseenMisuse foreseen(order);
  for (Step step : run.trace().finish()) {
    world.observe(step);
    foreseen.observe(step);
    order.observe(step);
  }
  oracle::Truth found;
  for (const MisuseCandidate& one : foreseen.candidates()) {
    const int act = run.act_at(one.where.pc), other = run.act_at(one.other.pc);
    switch (one.kind) {
      case MisuseKind::wait_group_misuse: found.insert({Trouble::add_beside_wait, act, other}); break;
      case MisuseKind::send_on_closed_channel: found.insert({Trouble::send_on_closed, act, other}); break;
      case MisuseKind::negative_wait_group: found.insert({Trouble::negative_count, act}); break;
      case MisuseKind::unlock_of_unlocked_mutex: found.insert({Trouble::unlock_of_unlocked, act}); break;
      default: break;
    }
  }
  const Standstills stuck = standstills(run.trace());
  for (const auto& [waiting, wanted] : stuck.mixed) {
    found.insert({Trouble::mixed_deadlock, run.act_at(waiting.pc), run.act_at(wanted.pc)});
  }
  for (const Standstills::Stuck& one : stuck.lost) found.insert({Trouble::never_woken, run.act_at(one.pc)});
  return found;
}

std::string words(const Mishap& mishap) {
  return oracle::name_of(mishap.trouble) + ", act " + std::to_string(mishap.act) +
         (mishap.other >= 0 ? " with act " + std::to_string(mishap.other) : "");
}

// What is wrong with the reports; empty where all are shown.
std::string compare(const oracle::Truth& reported, const oracle::Truth& shown, const oracle::SmallRun& run, Scores& scores) {
  std::string trouble;
  for (const Mishap& one : reported) {
    Score& score = scores[one.trouble];
    ++score.reported;
    if (shown.count(one) != 0) continue;
    ++score.wrong;
    trouble += "  no schedule shows: " + words(one) + '\n';
  }
  if (run.failed()) return trouble;
  for (const Mishap& one : shown) {
    // Who waits at the end of the run has not got past what another schedule may show.
    const bool waits = one.trouble == Trouble::mixed_deadlock || one.trouble == Trouble::never_woken;
    if (waits && !run.finished()) continue;
    if (!run.has_run(one.act) || (one.other >= 0 && !run.has_run(one.other))) continue;
    Score& score = scores[one.trouble];
    ++score.shown;
    if (reported.count(one) != 0) ++score.found;
  }
  return trouble;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  const std::uint64_t tenths = part * 1000 / whole;
  return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " %";
}

}  // namespace

int main(int argc, char** argv) {
  oracle::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    if (arguments.take(argv[i])) continue;
    std::cerr << "misuse_test [--seed=N] [--count=N] [--print]\n";
    return 2;
  }
  const auto& [seed, count, print] = arguments;
  constexpr std::uint64_t runs_a_program = 2;
  Scores scores;
  std::uint64_t programs = 0, runs = 0, failed = 0;
  int failures = 0;
  for (std::uint64_t i = seed; i < seed + count && failures < 5; ++i) {
    const oracle::Program program = oracle::random_program(i);
    const std::optional<oracle::Truth> truth = oracle::enumerate(program, most_states);
    if (print) {
      std::cout << program.text();
      if (truth)
        for (const Mishap& one : *truth) std::cout << "some schedule shows: " << words(one) << '\n';
    }
    if (!truth) continue;
    ++programs;
    for (std::uint64_t r = 0; r < runs_a_program; ++r) {
      oracle::SmallRun run(program, i * runs_a_program + r);
      ++runs;
      if (run.failed()) ++failed;
      if (print) {
        for (std::size_t line = 0; line < run.lines().size(); ++line)
          std::cout << "    " << run.lines()[line] << "   # act " << run.act_at(line + 1) << '\n';
      }
      const oracle::Truth reported = reports_of(run);
      if (print)
        for (const Mishap& one : reported) std::cout << "foreseen: " << words(one) << '\n';
      const std::string trouble = compare(reported, *truth, run, scores);
      if (trouble.empty()) continue;
      ++failures;
      std::cout << trouble << "  rerun: misuse_test --seed=" << i << " --count=1 --print\n";
    }
  }
  std::cout << programs << " programs, " << runs << " runs, " << failed << " of which failed; seeds " << seed << " to "
            << seed + count - 1 << '\n';
  std::cout << std::left << std::setw(40) << "" << std::setw(10) << "reported" << std::setw(12) << "precision"
            << std::setw(10) << "shown" << "recall\n";
  for (const auto& [trouble, score] : scores)
    std::cout << std::setw(40) << oracle::name_of(trouble) << std::setw(10) << score.reported << std::setw(12)
              << percent(score.reported - score.wrong, score.reported) << std::setw(10) << score.shown
              << percent(score.found, score.shown) << '\n';
  return failures == 0 ? 0 : 1;
}
