#!/usr/bin/env bash
# Builds samples/importer as its README says: build_importer.sh BIN FOLDER [MODE]. ./dev demo calls it, too.
set -euo pipefail
sample=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../samples/importer" && pwd)
bin=$(realpath "$1") folder=$(realpath -m "$2")
export TENTER_MODE=${3:-record}
# Without optimization: it compiles sooner, and each place in a report is the one that was written.
mkdir -p "$(dirname "$folder")"
cmake -S "$sample" -B "$folder" -G Ninja -DCMAKE_CXX_COMPILER="$bin/tenter-c++" -DCMAKE_BUILD_TYPE=Debug \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" > "$folder.log" 2>&1 || { cat "$folder.log"; exit 1; }
# What the wrapper brings into each object and program is unknown to CMake: where that has changed, all is built anew.
stamp=$folder/built again=()
if [ ! -e "$stamp" ] || [ -n "$(find "$bin/tenter-c++" "$bin/../lib/libtenter.a" "$bin/../lib/libtenter_record.so" \
  "$bin/../lib/libtenter_tsan.so" "$bin/../lib/tenterhook" -newer "$stamp" -print -quit)" ]; then
  again=(--clean-first)
fi
touch "$stamp.new"
cmake --build "$folder" "${again[@]}" > "$folder.log" 2>&1 || { cat "$folder.log"; exit 1; }
mv "$stamp.new" "$stamp"
