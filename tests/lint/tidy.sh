#!/bin/sh
# tidy.sh BUILD: what clang-tidy finds in the sources that BUILD compiles: nothing. Its analyzer,
# which takes ten times as long, looks in a long test only.
set -eu
checks='-clang-analyzer-*'
[ -z "${TRAIL_TEST_LONG-}" ] || checks=
run-clang-tidy-14 -quiet -checks="$checks" -p "$1" -j "$(nproc)" '/(middleware|demo_service)/.*\.c$' 2>&1 |
    awk '{ gsub(/\033\[[0-9;]*m/, "") }
         / note: / { shown = 0 }
         /(warning|error):/ { bad = 1; shown = 3 }
         shown-- > 0 { print }
         END { exit bad }'
