// select_test [--seed=N] [--count=N] [--print]: the tasks of which it is foreseen that a select leaves them behind, in recordings of small
// random programs, against all schedules of the same programs.
//
//   precision   how many of those some schedule leaves behind: all
//   recall      of the sends and receives that this run did, and at which some schedule leaves a task, how many are foreseen. Most
//               of the rest is not a select's doing, or whoever selects keeps a handle, which the analyzer does not know the use of
#include <iostream>

#include "arguments.h"
#include "select_run.h"
#include "verdicts.h"

using namespace tenter::analysis;

int main(int argc, char** argv) {
  oracle::Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    if (arguments.take(argv[i])) continue;
    std::cerr << "select_test [--seed=N] [--count=N] [--print]\n";
    return 2;
  }
  const auto& [seed, count, print] = arguments;
  constexpr std::size_t most_states = 100000;
  constexpr std::uint64_t runs_a_program = 2;
  std::uint64_t programs = 0, finished = 0, reported = 0, wrong = 0, shown = 0, found = 0;
  for (std::uint64_t i = seed; i < seed + count && wrong < 5; ++i) {
    const oracle::SelectProgram program = oracle::random_select_program(i);
    const std::optional<std::set<int>> stuck = oracle::stuck_acts(program, most_states);
    if (print) std::cout << program.text();
    if (!stuck) continue;
    ++programs;
    for (std::uint64_t r = 0; r < runs_a_program; ++r) {
      oracle::SelectRun run(program, i * runs_a_program + r);
      std::set<int> foreseen;
      for (const LeftBySelectCandidate& one : left_by_select(run.trace())) foreseen.insert(run.act_at(one.where.pc));
      if (print)
        for (std::size_t line = 0; line < run.lines().size(); ++line)
          std::cout << "    " << run.lines()[line] << "   # act " << run.act_at(line + 1) << '\n';
      for (const int act : foreseen) {
        ++reported;
        if (stuck->contains(act)) continue;
        ++wrong;
        std::cout << "  no schedule leaves a task at act " << act << "\n  rerun: select_test --seed=" << i << " --count=1 --print\n";
      }
      if (!run.finished()) continue;
      ++finished;
      std::set<int> done;
      for (std::size_t line = 0; line < run.lines().size(); ++line) done.insert(run.act_at(line + 1));
      for (const int act : *stuck) {
        if (!done.contains(act)) continue;
        ++shown;
        if (foreseen.contains(act)) ++found;
      }
    }
  }
  const auto per_mille = [](std::uint64_t part, std::uint64_t whole) { return whole == 0 ? 0 : part * 1000 / whole; };
  std::cout << programs << " programs, " << finished << " runs in which nobody was left behind; seeds " << seed << " to "
            << seed + count - 1 << "\nforeseen " << reported << ", of which wrong " << wrong << "; shown by schedules and done in these runs "
            << shown << ", of which foreseen " << found << " (" << per_mille(found, shown) << " per mille)\n";
  if (count >= 2000 && found == 0) {
    std::cout << "nothing was foreseen\n";
    return 1;
  }
  return wrong == 0 ? 0 : 1;
}
