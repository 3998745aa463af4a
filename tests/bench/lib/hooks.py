"""`run --hooks`: what hooks cost to which nobody listens. The library with its hooks beside the library without (TENTER_OFF).

The difference is a few hundredths, and where the linker puts a function can make as much. So both are linked several times,
with their object files in random orders, and every function begins a cache line. Each program runs many times, briefly and,
where that is allowed, with real-time priority, in turns with the other one; the fastest of its runs is its figure, as whatever
disturbs a run makes it slower. The same program with hooks also runs against itself: that is what such a ratio is worth.
"""
import math
import random
import statistics
import subprocess

ALIGNED = ["-falign-functions=64"]
RUN_NS = 15_000_000   # of one run, without its start
IN, OUT, AGAIN = "hooks in", "hooks out", "hooks in, again"


def real_time_prefix():
    chosen = ["chrt", "-f", "10"]
    try:
        return chosen if subprocess.run([*chosen, "true"], check=False, capture_output=True).returncode == 0 else []
    except FileNotFoundError:
        return []


def link_layouts(bench, work, name, flags, layouts):
    """The programs, one for each order of the object files."""
    archive = bench.build_library(name, [*flags, *ALIGNED])
    objects = work / name / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    bench.quiet(["ar", "x", "--output", objects, archive])
    main = work / name / "bench.o"
    bench.compile_ours([*flags, *ALIGNED, "-c"], main)
    members = subprocess.run(["ar", "t", archive], capture_output=True, text=True, check=True).stdout.split()
    programs = []
    for layout in range(layouts):
        order = [main, *(objects / member for member in members)]
        random.Random(layout).shuffle(order)
        program = work / name / f"bench-{layout}"
        bench.quiet([bench.CXX, "-pthread", *order, "-ldl", "-o", program])
        programs.append(program)
    return programs


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def compare(bench, programs, row, workers, operations, rounds, prefix):
    """The ratio of each layout, with hooks to without, and of the same program to itself."""
    first = bench.measure(programs[OUT][0], row, workers, operations // 20 + 1, prefix)["cpu_ns"]
    operations = max(1, min(operations, int(RUN_NS / max(first, 0.1))))
    ratios, noise, best_of_out = [], [], []
    for layout, (hooks_in, hooks_out) in enumerate(zip(programs[IN], programs[OUT])):
        best = {}
        for turn in range(rounds):
            turns = [(IN, hooks_in), (OUT, hooks_out), (AGAIN, hooks_in)]
            for name, program in turns if (turn + layout) % 2 == 0 else reversed(turns):
                cost = bench.measure(program, row, workers, operations, prefix)["cpu_ns"]
                best[name] = min(cost, best.get(name, cost))
        ratios.append(min(best[IN], best[AGAIN]) / best[OUT])
        noise.append(best[IN] / best[AGAIN])
        best_of_out.append(best[OUT])
    return ratios, noise, statistics.fmean(best_of_out)


def run(bench, work, rows, rounds, layouts):
    """Prints a line for each row, and the mean. Returns the figures."""
    prefix = real_time_prefix()
    programs = {IN: link_layouts(bench, work, "hooks-in-aligned", [], layouts),
                OUT: link_layouts(bench, work, "hooks-out-aligned", ["-DTENTER_OFF"], layouts)}
    print(f"{'row/workers':<22}{'ns without':>12}{'with/without':>14}   (of each layout; itself/itself)", flush=True)
    figures = {}
    for row, workers, operations in rows:
        ratios, noise, without = compare(bench, programs, row, workers, operations, rounds, prefix)
        mean = geometric_mean(ratios)
        figures[f"{row}/{workers}"] = {"ratio": mean, "layouts": ratios, "itself": noise, "ns_without": without}
        print(f"{f'{row}/{workers}':<22}{bench.number(without):>12}{mean:>14.3f}   ("
              + " ".join(f"{value:.3f}" for value in ratios) + "; " + " ".join(f"{value:.3f}" for value in noise) + ")",
              flush=True)
    for name, chosen in (("one worker", "/1"), ("two workers", "/2")):
        some = [figure for row, figure in figures.items() if row.endswith(chosen)]
        if some:
            spread = [geometric_mean([figure["layouts"][i] for figure in some]) for i in range(layouts)]
            itself = geometric_mean([value for figure in some for value in figure["itself"]])
            print(f"{name}: with hooks / without, {geometric_mean([figure['ratio'] for figure in some]):.3f} in the geometric "
                  f"mean ({min(spread):.3f} to {max(spread):.3f} by layout); the same program / itself, {itself:.3f}.")
    return figures
