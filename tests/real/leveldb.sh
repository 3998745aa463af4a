#!/usr/bin/env bash
# LevelDB from its own C++ source, as it ships inside the npm package classic-level, driven by its own db_bench: several
# threads write and read at once while the background thread compacts. In one of three ways:
#
#   tests/real/leveldb.sh plain     built as usual, run as it is
#   tests/real/leveldb.sh tsan      built with ThreadSanitizer; its reports are shown
#   tests/real/leveldb.sh record    built with tenter-c++, recorded, checked, findings compared with those judged
#
# --port shipped   LevelDB as it is: on x86 its AtomicPointer is a plain pointer behind a compiler barrier
# --port atomic    (default) the same source with the std::atomic AtomicPointer that its header has as an alternative
# --cxx COMPILER   clang++-19 (default) or g++-12
# --num N          keys per thread (default 3000); --threads N (4); --benchmarks LIST; --build-only
# Exit code: 0 as it should be, 1 a finding that nobody has judged yet, 2 it could not be done (one sentence says why),
# 77 LevelDB could not be fetched: no npm, or its registry was not reachable.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

skip() { echo "leveldb.sh: skipped: $*" >&2; exit 77; }

package=classic-level package_version=3.0.0
mode=${1:-}; [ $# -gt 0 ] && shift
port=atomic num=3000 threads=4 build_only= benchmarks=fillrandom,overwrite,readwhilewriting,readrandom,readseq,deleterandom
while [ $# -gt 0 ]; do
  case $1 in
    --cxx) compiler=$2; shift ;;
    --build-only) build_only=1 ;;
    --port) port=$2; shift ;;
    --num) num=$2; shift ;;
    --threads) threads=$2; shift ;;
    --benchmarks) benchmarks=$2; shift ;;
    *) fail "unknown option '$1'." ;;
  esac
  shift
done
choose_mode "$mode"

prepare_alone
fetched=$real/$package-$package_version
deps=$fetched/package/deps
if [ ! -d "$deps/leveldb" ]; then
  command -v npm >/dev/null || skip "npm is missing; Debian's package npm has it."
  mkdir -p "$fetched"
  (cd "$fetched" && npm pack --silent --fetch-retries=1 "$package@$package_version" >/dev/null 2>npm.log && tar xzf ./*.tgz) ||
    skip "the npm package $package $package_version could not be fetched; check that the npm registry is reachable (npm's words are in $fetched/npm.log)."
fi
db=$(echo "$deps"/leveldb/leveldb-*/)
db=${db%/}
[ -d "$db/db" ] || fail "$fetched holds no LevelDB source; remove that folder and try again."

# The package changed DB::Get to fill a ValueSink and left db_bench, which it does not build, as it was.
adapted=$real/leveldb/adapted
mkdir -p "$adapted/port" "$real/leveldb"
if [ ! -e "$adapted/db_bench.cc" ]; then
  sed -e 's/db_->Get(options, key, &value)/[\&] { StringValueSink sink(\&value); return db_->Get(options, key, \&sink); }()/' \
      -e 's|#include "leveldb/env.h"|&\n#include "leveldb/value_sink.h"|' "$db/db/db_bench.cc" > "$adapted/db_bench.cc"
fi
# LevelDB prefers its own barrier wherever it knows one; the std::atomic port then needs the preference turned round.
if [ ! -e "$adapted/port/atomic_pointer.h" ]; then
  sed 's/^#if defined(LEVELDB_HAVE_MEMORY_BARRIER)$/#if defined(LEVELDB_HAVE_MEMORY_BARRIER) \&\& !defined(LEVELDB_ATOMIC_PRESENT)/' \
    "$db/port/atomic_pointer.h" > "$adapted/port/atomic_pointer.h"
fi
prepared
case $port in
  shipped) port_flags=() ;;
  atomic) port_flags=(-DLEVELDB_ATOMIC_PRESENT -I"$adapted") ;;
  *) fail "unknown port '$port'; the ports are shipped and atomic." ;;
esac

out=$real/leveldb/$mode-$port-$compiler
mkdir -p "$out"
cd "$db" || fail "cannot enter $db."
sources=()
for source in db/*.cc table/*.cc util/*.cc port/port_posix.cc port/port_posix_sse.cc; do
  case $source in
    *_test.cc | */c.cc | */dumpfile.cc | */db_bench.cc | */leveldbutil.cc | */testharness.cc) ;;
    *) sources+=("$source") ;;
  esac
done
sources+=("$adapted/db_bench.cc")
for source in snappy.cc snappy-sinksource.cc snappy-stubs-internal.cc; do sources+=("$deps/snappy/snappy/$source"); done
build_program "$out/db_bench" "$out/objects" "$db" "" -- \
  -std=c++17 -O2 -g -fno-omit-frame-pointer -pthread -w -DNDEBUG -DLEVELDB_PLATFORM_POSIX=1 -DOS_LINUX=1 -DSNAPPY=1 \
  -DHAVE_CONFIG_H=1 "${port_flags[@]}" -I"$db" -I"$db/include" -I"$deps/snappy/linux" -I"$deps/snappy/snappy" -- \
  "${sources[@]}"
[ -n "$build_only" ] && exit 0

data=$out/data
rm -rf "$data"
# Small tables and write buffers: a few thousand keys are enough for compactions to run all the time.
command=("$out/db_bench" --db="$data" --threads="$threads" --num="$num" --benchmarks="$benchmarks"
  --write_buffer_size=65536 --max_file_size=65536 --cache_size=65536 --open_files=20 --bloom_bits=10)
recording=$out/db_bench.tent
case $mode in
  record) rm -f "$recording"; command=("$build/bin/tenter" record -o "$recording" -- "${command[@]}") ;;
  tsan) export TSAN_OPTIONS="exitcode=0 log_path=$out/tsan.log ${TSAN_OPTIONS:-}"; rm -f "$out"/tsan.log* ;;
esac
[ "$mode" = record ] && show "${command[@]}"
say "db_bench with $threads threads, $num keys each: $benchmarks"
status=0
"${command[@]}" > "$out/db_bench.out" 2>&1 || status=$?
tr '\r' '\n' < "$out/db_bench.out" | grep 'micros/op' | sed 's/^ *//'
[ $status -eq 0 ] || { cat "$out/db_bench.out"; fail "db_bench ended with status $status; its words are above."; }
grep -qs 'Compacted' "$data/LOG" || grep -qs 'Compacting' "$data/LOG" || fail "no compaction ran; use more keys."
say "$(grep -c 'Compacted' "$data/LOG") compactions ran"

case $mode in
  tsan)
    cat "$out"/tsan.log* 2>/dev/null
    say "ThreadSanitizer made $(cat "$out"/tsan.log* 2>/dev/null | grep -c 'WARNING: ThreadSanitizer') reports" ;;
  record) check_and_judge "$recording" "$out/report" "$root/tests/real/leveldb-$port.judged" ;;
esac
