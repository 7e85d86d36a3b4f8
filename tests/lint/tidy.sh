#!/bin/sh
# tidy.sh BUILD: what clang-tidy finds in the sources that BUILD compiles: nothing.
set -eu
run-clang-tidy-14 -quiet -p "$1" -j "$(nproc)" '/(middleware|demo_service)/.*\.c$' 2>&1 |
    awk '{ gsub(/\033\[[0-9;]*m/, "") }
         / note: / { shown = 0 }
         /(warning|error):/ { bad = 1; shown = 3 }
         shown-- > 0 { print }
         END { exit bad }'
