#!/usr/bin/env bash
# The main job on real input, shown step by step. `./dev demo` calls this after it has built everything.
# TENTER_IMPORTER names a folder in which the importer is built already, as in the tests, which share one.
# Exit code: 0 where everything was as it should be, otherwise 1 and a sentence.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tenter=$build/bin/tenter
importer=${TENTER_IMPORTER:-$build/samples/importer}
out=$build/demo
[ -x "$tenter" ] || wrong "$tenter is missing; run ./dev build first."
rm -rf "$out" && mkdir -p "$out" || wrong "cannot make $out."

step "A real program: samples/importer brings a business directory, an .xlsx file of 10,000 rows, into a database."
show "CXX=build/bin/tenter-c++ cmake -S samples/importer -B build/samples/importer; cmake --build build/samples/importer"
[ -n "${TENTER_IMPORTER:-}" ] || "$root/tests/samples/build_importer.sh" "$build/bin" "$importer" ||
  wrong "the importer could not be built; the compiler's words are above."
show "$importer/make_workbook" "$out/directory.xlsx"
TENTER_OPTIONS=output=$out/make_workbook.tent "$importer/make_workbook" "$out/directory.xlsx" || wrong "there is no workbook."

step "The batch method in the form in which it is usually shown (batch_as_published.cc), recorded while it runs."
expect 1 "it says itself that some rows could not be imported" \
  "$tenter" record -o "$out/published.tent" -- "$importer/importer_as_published" --database "sqlite:$out/published.db" "$out/directory.xlsx"

step "What nothing orders in that recording: two tasks count errors in one counter."
html=$out/published.html
expect 1 "findings" "$tenter" check "$out/published.tent" --format text --format "json=$out/published.json" --format "html=$html"
grep -q '"kind": *"data-race"' "$out/published.json" || wrong "the race of batch_as_published.cc was not found."
[ -s "$html" ] || wrong "there is no report at $html."

step "The mended version (batch.cc): one task counts, and what failed is looked at row by row."
status=0
show "$tenter" record -o "$out/mended.tent" -- "$importer/importer" --database "sqlite:$out/mended.db" "$out/directory.xlsx"
"$tenter" record -o "$out/mended.tent" -- "$importer/importer" --database "sqlite:$out/mended.db" "$out/directory.xlsx" > "$out/mended.said" || status=$?
head -n 6 "$out/mended.said"
echo "  ..."
[ $status -eq 1 ] || wrong "the mended importer ended with status $status."
expect 0 "no findings" "$tenter" check "$out/mended.tent" --format text --format "json=$out/mended.json"

step "The gate, as a build server calls it: it lets the mended importer through and stops the other."
expect 0 "the gate is open" "$tenter" gate "$out/mended.json"
expect 1 "the gate is shut" "$tenter" gate "$out/published.json"

step "Everything was as it should be. \`tenter explain data-race\` tells more about the finding."
echo "The report with its code, for a browser: $html"
echo "More about the program: samples/importer/README.md"
