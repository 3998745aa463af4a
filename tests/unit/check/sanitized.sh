#!/usr/bin/env bash
# Builds `tenter` with ThreadSanitizer and has several of its threads check one recording.
#
#   sanitized.sh SOURCE_DIR BINARY_DIR MAKE_RECORDINGS [CMAKE SETTING...]
#
# Exit code: 0 no report and the same findings as with one thread, otherwise 1.
set -uo pipefail
source=$1 binary=$2 make_recordings=$3
shift 3
wrong() { echo "sanitized: $*" >&2; exit 1; }

cmake -S "$source" -B "$binary" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" \
  -DTENTER_SANITIZER=thread "$@" > "$binary.log" 2>&1 || { cat "$binary.log" >&2; wrong "the build could not be configured."; }
cmake --build "$binary" -j2 --target tenter >> "$binary.log" 2>&1 || { tail -n 40 "$binary.log" >&2; wrong "the build failed."; }
export TSAN_OPTIONS=halt_on_error=0:exitcode=66
"$make_recordings" "$binary/recordings" || wrong "there are no recordings."
for analyses in "" --analysis=hb; do
  for jobs in 1 2 4; do
    "$binary/bin/tenter" check "$binary/recordings/many_races.tent" $analyses --jobs $jobs --format json -o "$binary/$jobs.json"
    [[ $? == 1 ]] || wrong "--jobs $jobs did not end with findings and without a report."
    cmp "$binary/1.json" "$binary/$jobs.json" || wrong "--jobs $jobs found something else than one thread."
  done
done
