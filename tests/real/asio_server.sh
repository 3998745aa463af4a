#!/usr/bin/env bash
# The multi-threaded HTTP server of Asio's examples ("server3": one io_context run by a pool of threads, a strand for
# each connection), under a bounded load, in one of three ways:
#
#   tests/real/asio_server.sh plain     built as usual, run as it is
#   tests/real/asio_server.sh tsan      built with ThreadSanitizer; its reports are shown
#   tests/real/asio_server.sh record    built with tenter-c++, recorded, checked, findings compared with those judged
#
# Options: --cxx COMPILER (clang++-19), --build-only, --threads N (4), --clients N (4), --requests N (150 for each client).
#   --seeded   puts one race into the server, a counter of requests without a lock, which must be found
# Exit code: 0 as it should be, 1 a finding that nobody has judged yet, 2 it could not be done (one sentence says why).
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mode=${1:-}; [ $# -gt 0 ] && shift
threads=4 clients=4 requests=150 build_only= variant=
while [ $# -gt 0 ]; do
  case $1 in
    --seeded) variant=-seeded ;;
    --cxx) compiler=$2; shift ;;
    --build-only) build_only=1 ;;
    --threads) threads=$2; shift ;;
    --clients) clients=$2; shift ;;
    --requests) requests=$2; shift ;;
    *) fail "unknown option '$1'." ;;
  esac
  shift
done
choose_mode "$mode"

# Machines made from slim images leave /usr/share/doc out of every package: then the package is unpacked on the side.
examples=/usr/share/doc/libasio-dev/examples
need_package /usr/include/asio.hpp libasio-dev
need_package /usr/include/boost/lexical_cast.hpp libboost-dev
prepare_alone
if [ ! -d $examples ]; then
  examples=$real/asio-doc$examples
  if [ ! -d "$examples" ]; then
    mkdir -p "$real/asio-doc"
    (cd "$real/asio-doc" && apt-get download -qq libasio-doc && dpkg-deb -x libasio-doc_*.deb .) ||
      fail "Asio's examples are neither installed nor could the package libasio-doc be fetched from Debian's registry."
  fi
fi
server_source=$examples/cpp03/http/server3
load=$real/asio/http_load
mkdir -p "$real/asio"
if [ ! "$load" -nt "$root/tests/real/http_load.cc" ]; then
  clang++-19 -std=c++20 -O1 -pthread "$root/tests/real/http_load.cc" -o "$load" || fail "could not compile http_load.cc."
fi
documents=$real/asio/documents
mkdir -p "$documents"
head -c 1000 /dev/zero | tr '\0' 'i' > "$documents/index.html"
head -c 60000 /dev/zero | tr '\0' 'l' > "$documents/large.txt"
prepared

out=$real/asio/$mode-$compiler$variant
mkdir -p "$out"
handler=request_handler.cpp
if [ -n "$variant" ]; then
  handler=$out/request_handler.cpp
  sed '/^void request_handler::handle_request(/,/^{/ s/^{/{\n  static int requests;\n  ++requests;/' \
    "$server_source/request_handler.cpp" > "$handler.new"
  cmp -s "$handler.new" "$handler" || mv "$handler.new" "$handler"
fi
build_program "$out/http_server" "$out/objects" "$server_source" "" -- \
  -std=c++17 -O1 -g -fno-omit-frame-pointer -pthread -w -DASIO_HAS_BOOST_BIND=1 -I"$server_source" -- \
  main.cpp server.cpp connection.cpp "$handler" request_parser.cpp reply.cpp mime_types.cpp
[ -n "$build_only" ] && exit 0

port=$("$load" --free-port) || fail "no free port on 127.0.0.1."
command=("$out/http_server" 127.0.0.1 "$port" "$threads" "$documents")
recording=$out/http_server.tent
case $mode in
  record) rm -f "$recording"; command=("$build/bin/tenter" record -o "$recording" -- "${command[@]}") ;;
  tsan) export TSAN_OPTIONS="exitcode=0 log_path=$out/tsan.log ${TSAN_OPTIONS:-}"; rm -f "$out"/tsan.log* ;;
esac
[ "$mode" = record ] && show "${command[@]}"
say "serving on 127.0.0.1:$port with $threads threads, $clients clients x $requests requests"
"${command[@]}" > "$out/server.out" 2>&1 &
server=$!
trap 'kill -KILL $server 2>/dev/null' EXIT
load_status=0
"$load" 127.0.0.1 "$port" "$clients" "$requests" || load_status=$?

# The server ends by itself on SIGTERM. `tenter record` waits for its program, so the signal goes to that one.
target=$server
[ "$mode" = record ] && read -r target < "/proc/$server/task/$server/children"
kill -TERM "$target"
server_status=0
wait "$server" || server_status=$?
trap - EXIT
[ $load_status -eq 0 ] || { cat "$out/server.out"; fail "the load ended with status $load_status; the server's words are above."; }
[ $server_status -eq 0 ] || { cat "$out/server.out"; fail "the server ended with status $server_status; its words are above."; }

case $mode in
  tsan)
    reports=$(cat "$out"/tsan.log* 2>/dev/null | grep -c 'WARNING: ThreadSanitizer')
    cat "$out"/tsan.log* 2>/dev/null
    say "ThreadSanitizer made $reports reports" ;;
  record) check_and_judge "$recording" "$out/report" "$root/tests/real/asio_server$variant.judged" ;;
esac
