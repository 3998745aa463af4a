#!/usr/bin/env bash
# The main job on real input, shown step by step. `./dev demo` calls this after it has built everything.
# Exit code: 0 where everything was as it should be, otherwise 1 and a sentence.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

wrong() { echo "demo: $*" >&2; exit 1; }
step() { printf '\n--- %s\n' "$*"; }
expect() {  # expect <status> <what it means> <command>...
  local wanted=$1 meaning=$2 status=0; shift 2
  echo "\$ ${*//$root\//}"
  "$@" || status=$?
  [ $status -eq "$wanted" ] || wrong "exit code $status where $wanted was due: $meaning."
  echo "(exit code $status: $meaning)"
}

tenter=$build/bin/tenter
demo=$real/demo
[ -x "$tenter" ] || wrong "$tenter is missing; run ./dev build first."
mkdir -p "$demo"

step "A real program: the multi-threaded HTTP server of Asio's examples, recorded while clients ask it, then checked."
"$root/tests/real/asio_server.sh" record || wrong "the HTTP server was not recorded and checked as it should be."

step "A small program that works, with three mistakes in it (samples/first_steps/broken.cc)."
for program in broken mended; do
  "$build/bin/tenter-c++" -std=c++20 -g -O1 "$root/samples/first_steps/$program.cc" -o "$demo/$program" -ltenter ||
    wrong "samples/first_steps/$program.cc could not be compiled."
done
expect 0 "the program itself sees nothing wrong" "$tenter" record -o "$demo/broken.tent" -- "$demo/broken"
expect 1 "findings" "$tenter" check "$demo/broken.tent" --format text --format json="$demo/broken.json"

step "The same program, mended (samples/first_steps/mended.cc)."
expect 0 "the program prints the same" "$tenter" record -o "$demo/mended.tent" -- "$demo/mended"
expect 0 "no findings" "$tenter" check "$demo/mended.tent" --format text --format json="$demo/mended.json"

step "The gate, as a build server calls it: it lets the mended program through and stops the broken one."
expect 0 "the gate is open" "$tenter" gate "$demo/mended.json"
expect 1 "the gate is shut" "$tenter" gate "$demo/broken.json"

for kind in data-race lock-order-inversion task-leak; do
  grep -q "\"$kind\"" "$demo/broken.json" || wrong "the broken program's $kind was not found."
done
step "Everything was as it should be. The reports stand in ${demo#"$root"/}; \`tenter explain data-race\` tells more."
