#!/bin/sh
# warnings.sh SOURCE BUILD CC CXX TYPE: this compiler has no warning about anything.
set -eu
cmake -G Ninja -S "$1" -B "$2" -DCMAKE_C_COMPILER="$3" -DCMAKE_CXX_COMPILER="$4" \
    -DCMAKE_BUILD_TYPE="$5" -DTRAIL_WERROR=ON
cmake --build "$2" -j "$(nproc)" -- -k 0
