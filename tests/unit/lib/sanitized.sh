#!/usr/bin/env bash
# Builds the library under a sanitizer and runs its tests: of everything it has, of what Go promises, of types, under stress,
# and of descriptors, signals and blocking calls; for AddressSanitizer the recorder's own tests, too. Tasks are announced to the
# sanitizer as fibers (lib/task/sanitizer_fibers.h).
#
#   sanitized.sh thread|address SOURCE_DIR BINARY_DIR [CMAKE SETTING...]
#
# Exit code: 0 no report, otherwise 1.
set -uo pipefail
sanitizer=$1 source=$2 binary=$3
shift 3
programs=(lib_test lib_conformance_test lib_types_test lib_stress_test lib_io_test)
# The recorder's own tests, with the recorder itself instrumented. ThreadSanitizer would be told of its races by design.
[[ "$sanitizer" == address ]] && programs+=(lib_leak_sanitizer_test record_test)
wrong() { echo "sanitized: $*" >&2; exit 1; }

# What cannot run there, and why.
without=(
  Stack.ARunWhoseStackCannotBeHadThrows  # limits the address space, of which a sanitizer's shadow needs more than all
  Stack.AHundredThousandTasksCanWait     # the shadow of their stacks takes gigabytes
)
# The program in it races: it destroys what another task uses.
[[ $sanitizer == thread ]] && without+=('*BadDestruction.OfTheLastHandleOfAChannel/*')
filter="-$(IFS=:; echo "${without[*]}")"

# On one processor, because ctest has other tests for the other.
# -O1 for the library and less for the tests (see CMakeLists.txt), because most of the time goes into building.
cmake -S "$source" -B "$binary" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" \
  -DTENTER_SANITIZER="$sanitizer" "$@" \
  > "$binary.log" 2>&1 || { cat "$binary.log" >&2; wrong "the build with -fsanitize=$sanitizer could not be configured."; }
cmake --build "$binary" -j1 --target "${programs[@]}" >> "$binary.log" 2>&1 ||
  { tail -n 40 "$binary.log" >&2; wrong "the build with -fsanitize=$sanitizer failed."; }
# Any report makes the program end with a code of its own, whatever its tests say.
export TSAN_OPTIONS=halt_on_error=0:exitcode=66 UBSAN_OPTIONS=print_stacktrace=1
# Leaks are looked for by a test of its own: what others leave waiting on purpose is not always found. With stacks elsewhere for
# locals, the recorder's would be no threads'.
export ASAN_OPTIONS=leak_check_at_exit=0:detect_stack_use_after_return=0
for program in "${programs[@]}"; do
  "$binary/bin/$program" --gtest_brief=1 --gtest_filter="$filter" || wrong "$program did not pass under -fsanitize=$sanitizer."
done
