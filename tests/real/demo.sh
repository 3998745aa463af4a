#!/usr/bin/env bash
# The main job on real input, shown step by step. `./dev demo` calls this after it has built everything.
# Exit code: 0 where everything was as it should be, otherwise 1 and a sentence.
set -uo pipefail
here=$(dirname "${BASH_SOURCE[0]}")

printf -- '--- A real program: the multi-threaded HTTP server of Asio'\''s examples, recorded under load, then checked.\n'
"$here/asio_server.sh" record || { echo "demo: the HTTP server did not go as it should; the reason is above." >&2; exit 1; }
"$here/first_steps.sh" || { echo "demo: the small program did not go as it should; the reason is above." >&2; exit 1; }
printf '\n--- Everything was as it should be. `tenter explain data-race` tells more about a finding.\n'
