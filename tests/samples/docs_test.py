#!/usr/bin/env python3
"""The C++ in our pages: every block compiles, and those of the guides run and do what they assert.

    docs_test.py --bin build/bin --work FOLDER        FOLDER has the header that patterns_test.py makes

In the guides a block is the body of a main task, as in docs/library.md, which has a test of its own. Elsewhere it is a whole program, or
what stands in a header.
"""
import argparse
import pathlib
import re
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from patterns_test import FLAGS, ROOT, SEEDED, run  # noqa: E402

GUIDES = ["tasks-and-channels.md", "from-go.md", "from-thread-sanitizer.md", "detector.md"]
HEADERS = ["cassert", "exception", "functional", "memory", "shared_mutex", "stdexcept", "thread", "pthread.h", "signal.h"]
# Programs on these pages show mistakes at which compilers rightly wonder.
PROGRAM_FLAGS = [flag for flag in FLAGS if not flag.startswith("-W")] + ["-w", "-fsyntax-only"]


def blocks_of(page):
    text = page.read_text()
    return [(text.count("\n", 0, match.start(1)) + 1, match[1]) for match in re.finditer(r"^```cpp\n(.*?)^```$", text, re.S | re.M)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    chosen = parser.parse_args()
    tools, work = chosen.bin.resolve(), chosen.work.resolve()
    compiler = [tools / "tenter-c++"]
    header = ["-include-pch", work / "samples.h.record.pch"]
    pages = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("samples/**/README.md"))]
    includes = "".join(f"#include <{one}>\n" for one in HEADERS)
    bodies, programs = [], 0
    with tempfile.TemporaryDirectory(prefix="tenter-docs-") as folder:
        source = pathlib.Path(folder) / "block.cc"
        for page in pages:
            for line, block in blocks_of(page):
                name = page.relative_to(ROOT)
                if page.name == "library.md":
                    continue
                if page.name not in GUIDES:
                    source.write_text(f'{includes}#line {line} "{name}"\n{block}')
                    run(*compiler, *PROGRAM_FLAGS, *header, source)
                    programs += 1
                else:
                    bodies.append((f"{name}:{line}", f'#line {line} "{name}"\n{block}'))
        text = f"#undef NDEBUG\n{includes}using namespace tenter;\n"
        for number, (_, body) in enumerate(bodies):
            text += f"static void block_{number}() {{\n{body}}}\n"
        text += "int main() {\n"
        for number, (place, _) in enumerate(bodies):
            text += f'  std::puts("{place}"); std::fflush(stdout); run(block_{number});\n'
        source.write_text(text + "}\n")
        program = pathlib.Path(folder) / "blocks"
        run(*compiler, *FLAGS, "-Wno-shadow", *header, source, "-o", program, "-ltenter")
        for settings in ({}, SEEDED):
            recording = f"{program}{len(settings)}.tent"
            run(tools / "tenter", "record", "-o", recording, "--", program, **settings)
            run(tools / "tenter", "check", recording, "--analysis", "hb")
    if programs < 30 or len(bodies) < 25:
        sys.exit(f"only {programs} programs and {len(bodies)} other blocks were found in the pages")
    print(f"{programs} blocks compile, and {len(bodies)} other blocks run without a finding")


if __name__ == "__main__":
    main()
