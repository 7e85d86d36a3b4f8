#!/bin/sh
# tidy.sh BUILD: what clang-tidy finds in the sources that BUILD compiles: nothing.
set -eu
run-clang-tidy-14 -quiet -p "$1" -j "$(nproc)" '/(middleware|demo_service)/.*\.c$' 2>&1 |
    awk '{ gsub(/\033\[[0-9;]*m/, "") }
         /(warning|error):/ { bad = 1 }
         !/^clang-tidy|warnings generated|^Suppressed|^Use -header/ { print }
         END { exit bad }'
