#!/usr/bin/env bash
# samples/echo_server: 200 clients at a time get back what they sent, silent ones are let go, SIGTERM loses no answer and ends the
# server with 0. Then the same once more under the recorder, where nothing may be found.
# Exit code: 0 where everything was as it should be, otherwise 1 and a sentence.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

server=
wrong() {
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null
  echo "echo_server: $*" >&2
  exit 1
}
tenter=$build/bin/tenter
out=$real/echo_server
recording=$out/echo_server.tent
clients=(python3 "$root/tests/real/echo_clients.py")
mkdir -p "$out"
[ -x "$tenter" ] || wrong "$tenter is missing; run ./dev build first."
for mode in off record; do
  "$build/bin/tenter-c++" --tenter-mode=$mode -std=c++20 -g -O1 "$root/samples/echo_server/echo_server.cc" \
    -o "$out/echo_server-$mode" -ltenter || wrong "samples/echo_server/echo_server.cc could not be compiled."
done

# Starts the server and waits until it has said where it listens: sets server (the process to be signalled) and port.
start() {  # start <mode> <argument of the server>...
  local mode=$1; shift
  : > "$out/server.out"
  TENTER_OPTIONS="output=$recording" "$out/echo_server-$mode" "$@" > "$out/server.out" &
  server=$!
  port=
  for _ in $(seq 600); do
    port=$(sed -n 's/^listening on 127\.0\.0\.1:\([0-9]*\)$/\1/p' "$out/server.out")
    [ -n "$port" ] && return
    kill -0 "$server" 2>/dev/null || wrong "the server did not start."
    sleep 0.1
  done
  wrong "the server did not say where it listens."
}
expect_end() {  # expect_end <served connections>
  local status=0
  wait "$server" || status=$?
  server=
  [ $status -eq 0 ] || wrong "the server ended with status $status after SIGTERM: $(tr '\n' ' ' < "$out/server.out")"
  grep -qx "$1 connections served" "$out/server.out" || wrong "the server has not served $1 clients: $(cat "$out/server.out")"
}

rm -f "$recording"
for mode in off record; do
  say "200 clients, mode $mode"
  start $mode 0
  timeout 900 "${clients[@]}" "$port" --clients 200 --stop "$server" || wrong "the clients are not content."
  expect_end 200
done
show "$tenter" check "$recording"
"$tenter" check "$recording" --format text || wrong "tenter check ended with status $?, where nothing was to be found."

say "silent clients"
start off 0 50
timeout 900 "${clients[@]}" "$port" --clients 5 --silent || wrong "the server keeps silent clients."
kill -INT "$server"
expect_end 5
