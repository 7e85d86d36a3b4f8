#!/bin/sh
# clang.sh SOURCE BUILD: clang compiles everything, and has no warning.
set -eu
cmake -G Ninja -S "$1" -B "$2" -DCMAKE_C_COMPILER=clang-14 -DCMAKE_CXX_COMPILER=clang++-14 \
    -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O0 -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
    -DTRAIL_WERROR=ON
cmake --build "$2" -j "$(nproc)"
