#!/usr/bin/env bash
# samples/first_steps: the broken program gets its three findings and is stopped by the gate, the mended one gets none.
# Exit code: 0 where everything was as it should be, otherwise 1 and a sentence.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tenter=$build/bin/tenter
out=$real/first_steps
[ -x "$tenter" ] || wrong "$tenter is missing; run ./dev build first."
mkdir -p "$out"
for program in broken mended; do
  "$build/bin/tenter-c++" -std=c++20 -g -O1 "$root/samples/first_steps/$program.cc" -o "$out/$program" -ltenter ||
    wrong "samples/first_steps/$program.cc could not be compiled."
done

step "A small program that works, with three mistakes in it (samples/first_steps/broken.cc)."
expect 0 "the program itself sees nothing wrong" "$tenter" record -o "$out/broken.tent" -- "$out/broken"
expect 1 "findings" "$tenter" check "$out/broken.tent" --format text --format json="$out/broken.json"

step "The same program, mended (samples/first_steps/mended.cc)."
expect 0 "the program prints the same" "$tenter" record -o "$out/mended.tent" -- "$out/mended"
expect 0 "no findings" "$tenter" check "$out/mended.tent" --format text --format json="$out/mended.json"

step "The gate, as a build server calls it: it lets the mended program through and stops the broken one."
expect 0 "the gate is open" "$tenter" gate "$out/mended.json"
expect 1 "the gate is shut" "$tenter" gate "$out/broken.json"

for kind in data-race lock-order-inversion task-leak; do
  grep -q "\"kind\": *\"$kind\"" "$out/broken.json" || wrong "the broken program's $kind was not found."
done
[ "$(grep -c '"kind": *"\(data-race\|lock-order-inversion\|task-leak\)"' "$out/broken.json")" -eq 3 ] ||
  wrong "the broken program has three mistakes, and $out/broken.json shows another number of findings."
