#!/bin/sh
# warnings.sh SOURCE BUILD CC CXX TYPE [TESTS]: this compiler has no warning about anything, and tests
# of these names pass in a build of this type as well.
set -eu
cmake -G Ninja -S "$1" -B "$2" -DCMAKE_C_COMPILER="$3" -DCMAKE_CXX_COMPILER="$4" \
    -DCMAKE_BUILD_TYPE="$5" -DTRAIL_WERROR=ON
cmake --build "$2" -j "$(nproc)" -- -k 0
if [ $# -gt 5 ]; then
    ctest --test-dir "$2" -R "$6" --output-on-failure
fi
