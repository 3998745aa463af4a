#!/usr/bin/env bash
# Builds the library, and for AddressSanitizer the recorder, under a sanitizer and runs what is most likely to show a mistake of its own: the stress tests, and those
# of descriptors, signals and blocking calls. Tasks are announced to the sanitizer as fibers (lib/task/sanitizer_fibers.h).
#
#   sanitized.sh thread|address SOURCE_DIR BINARY_DIR [CMAKE SETTING...]
#
# Exit code: 0 no report, otherwise 1.
set -uo pipefail
sanitizer=$1 source=$2 binary=$3
shift 3
programs=(lib_stress_test lib_io_test)
# The recorder's own tests, with the recorder itself instrumented. ThreadSanitizer would be told of its races by design.
[[ "$sanitizer" == address ]] && programs+=(record_test)
wrong() { echo "sanitized: $*" >&2; exit 1; }

cmake -S "$source" -B "$binary" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTENTER_SANITIZER="$sanitizer" "$@" \
  > "$binary.log" 2>&1 || { cat "$binary.log" >&2; wrong "the build with -fsanitize=$sanitizer could not be configured."; }
cmake --build "$binary" -j2 --target "${programs[@]}" >> "$binary.log" 2>&1 ||
  { tail -n 40 "$binary.log" >&2; wrong "the build with -fsanitize=$sanitizer failed."; }
# Any report makes the program end with a code of its own, whatever its tests say.
export TSAN_OPTIONS=halt_on_error=0:exitcode=66 UBSAN_OPTIONS=print_stacktrace=1
# LeakSanitizer dies while it reads the stacks of workers. With stacks elsewhere for locals, the recorder's would be no threads'.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0
for program in "${programs[@]}"; do
  "$binary/bin/$program" --gtest_brief=1 || wrong "$program did not pass under -fsanitize=$sanitizer."
done
