#!/usr/bin/env bash
# Runs a command beside a PostgreSQL server of its own:
#
#   ./with_postgres.sh importer --database postgres: directory.xlsx
#
# The server has its data and its socket in a temporary folder, listens to no network, and is gone when the command ends. PGHOST,
# PGUSER and PGDATABASE tell the command where it is. The exit code is the command's; 77 where PostgreSQL is not installed.
set -uo pipefail

[ $# -gt 0 ] || { echo "with_postgres.sh COMMAND [ARGUMENTS]" >&2; exit 2; }
programs=$(find /usr/lib/postgresql/*/bin -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
[ -n "$programs" ] || { echo "with_postgres.sh: PostgreSQL is not installed; apt-get install postgresql" >&2; exit 77; }

# The server refuses to run as root. Debian's package has made a user for it.
as_user=()
[ "$(id -u)" != 0 ] || as_user=(setpriv --reuid=postgres --regid=postgres --init-groups)
folder=$(mktemp -d /tmp/importer-postgres.XXXXXX) || exit 5
[ "$(id -u)" != 0 ] || chown postgres: "$folder"

quiet() { "${as_user[@]}" "$@" > "$folder/said" 2>&1 || { cat "$folder/said" "$folder/log" >&2; return 1; }; }
finish() {
  [ ! -e "$folder/data/postmaster.pid" ] || quiet "$programs/pg_ctl" stop -D "$folder/data" -m fast -w -t 300
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$folder" || exit 5
quiet "$programs/initdb" -D "$folder/data" --username=importer --auth=trust --encoding=UTF8 --no-locale || exit 5
quiet "$programs/pg_ctl" start -D "$folder/data" -w -t 300 -l "$folder/log" \
  -o "-c listen_addresses='' -c unix_socket_directories='$folder'" || exit 5
cd "$OLDPWD" || exit 5
export PGHOST=$folder PGUSER=importer PGDATABASE=postgres
"$@"
