#!/usr/bin/env python3
"""Makes a program of the examples in docs/library.md: each C++ block is the body of a main task, and they run in turn."""
import pathlib
import re
import sys

page, program = map(pathlib.Path, sys.argv[1:3])
text = page.read_text()
blocks = [(text.count("\n", 0, m.start(1)) + 1, m.group(1)) for m in re.finditer(r"^```cpp\n(.*?)^```$", text, re.S | re.M)]
if not blocks:
    sys.exit(f"{page} has no examples")

headers = "cassert cerrno csignal cstdio cstdlib exception memory mutex shared_mutex stdexcept string vector fcntl.h unistd.h".split()
out = ["#undef NDEBUG", *(f"#include <{h}>" for h in headers), "#include <chrono>", "#include <tenter/tenter.h>", "using namespace tenter;"]
for i, (line, body) in enumerate(blocks):
    out += [f"static void example_{i}() {{", f'#line {line} "{page.name}"', body.rstrip("\n"), "}"]
out.append("int main() {")
for i, (line, _) in enumerate(blocks):
    out.append(f'  std::puts("{page.name}:{line}"); run(example_{i});')
out.append("}")
program.write_text("\n".join(out) + "\n")
