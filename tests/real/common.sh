# What the scripts that build and drive real programs have in common. Sourced, not run.
#
# Everything fetched or built stands under $real, below the build directory, so that the source tree stays as it is and
# a removed build directory removes all of it. TENTER_BUILD_DIR names another build directory than build/.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${TENTER_BUILD_DIR:-$root/build}
real=$build/real
jobs=${TENTER_JOBS:-$(nproc)}
compiler=clang++-19   # what stands beneath tenter-c++ too; option --cxx

fail() { echo "$(basename "$0"): $*" >&2; exit 2; }
say() { echo "== $*"; }
show() { echo "\$ ${*//"$root/"/}"; }   # a command as one would type it in the project's folder

# For scripts that show a walk step by step: exit code 1 and a sentence where something is not as it should be.
wrong() { echo "$(basename "$0" .sh): $*" >&2; exit 1; }
step() { printf '\n--- %s\n' "$*"; }
expect() {  # expect <status> <what it means> <command>...
  local wanted=$1 meaning=$2 status=0; shift 2
  show "$@"
  "$@" || status=$?
  [ $status -eq "$wanted" ] || wrong "exit code $status where $wanted was due ($meaning)."
  echo "(exit code $status: $meaning)"
}

# Adds Debian packages that the given command shows to be missing.
need_package() {  # need_package <file-or-command> <package>...
  local witness=$1; shift
  [ -e "$witness" ] || command -v "$witness" >/dev/null && return 0
  local sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  say "installing $*"
  { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null; } ||
    fail "could not install $*; check that Debian's package registry is reachable, or install it by hand."
}

# The command that compiles and its flags in one way of building: sets cxx and mode_flags, and checks that it is there.
choose_mode() {  # choose_mode plain|tsan|record
  case $1 in
    plain) cxx=$compiler; mode_flags=() ;;
    tsan) cxx=$compiler; mode_flags=(-fsanitize=thread) ;;
    record)
      cxx=$build/bin/tenter-c++; mode_flags=()
      export TENTER_CXX=$compiler
      [ -x "$cxx" ] || fail "$cxx is missing; run ./dev build first." ;;
    *) fail "unknown mode '$1'; the modes are plain, tsan and record." ;;
  esac
  command -v "$compiler" >/dev/null || fail "$compiler is missing; run ./dev deps first."
}

# Two tests may want the same thing at the same time: only one at a time fetches and prepares what they share.
prepare_alone() { mkdir -p "$real"; exec 9>"$real/lock"; flock 9; }
prepared() { exec 9>&-; }

# Compiles sources (relative to a root) into objects and links them, redoing only what is older than its source.
# A changed command line counts as a changed source.
build_program() {  # build_program <program> <object dir> <source root> <link flags> -- <compile flags>... -- <sources>...
  local program=$1 objects=$2 sources_at=$3 link_flags=$4; shift 4
  [ "$1" = -- ] && shift
  local flags=()
  while [ "$1" != -- ]; do flags+=("$1"); shift; done
  shift
  mkdir -p "$objects"
  local stamp=$objects/command line="$compiler $cxx ${mode_flags[*]} ${flags[*]}"
  [ "$(cat "$stamp" 2>/dev/null)" = "$line" ] || { rm -f "$objects"/*.o; echo "$line" > "$stamp"; }
  local list=() stale=() source object
  for source in "$@"; do
    object=$objects/$(echo "$source" | tr '/' '_').o
    list+=("$object")
    local path=$source
    [ "${source#/}" = "$source" ] && path=$sources_at/$source
    [ "$object" -nt "$path" ] || stale+=("$path" "$object")
  done
  if [ ${#stale[@]} -gt 0 ]; then
    say "compiling $((${#stale[@]} / 2)) files of $(basename "$program") with $(basename "$cxx")${mode_flags[*]:+ ${mode_flags[*]}} ($compiler)"
    printf '%s\0' "${stale[@]}" |
      xargs -0 -n2 -P"$jobs" bash -c '"${@:1:$#-2}" -c "${@: -2:1}" -o "${@: -1}"' _ "$cxx" "${mode_flags[@]}" "${flags[@]}" ||
      fail "could not compile $(basename "$program"); the compiler's messages are above."
  fi
  # shellcheck disable=SC2086
  "$cxx" "${mode_flags[@]}" -g -pthread "${list[@]}" $link_flags -o "$program" ||
    fail "could not link $(basename "$program"); the linker's messages are above."
}

# Checks a recording, says how it went, and compares with the findings that were read and judged by hand.
check_and_judge() {  # check_and_judge <recording> <report stem> <file of judged findings>
  local recording=$1 stem=$2 judged=$3 status=0
  local command=("$build/bin/tenter" check "$recording" --format text="$stem.txt" --format json="$stem.json")
  show "${command[@]}"
  "${command[@]}" || status=$?
  [ $status -le 1 ] || { cat "$stem.txt" 2>/dev/null; fail "tenter check ended with status $status on $recording."; }
  cat "$stem.txt"
  python3 "$root/tests/real/judge.py" "$stem.json" "$judged"
}
