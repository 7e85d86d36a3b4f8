#!/bin/sh
# coverage.sh BUILD: runs the tests in BUILD, which was compiled with --coverage, and prints the
# share of lines and branches that they reach, for each room. The details go to BUILD/coverage.csv.
set -eu
build=$1
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" -j "$(nproc)" -LE lint --output-on-failure >"$build/coverage.log" || {
    tail -n 60 "$build/coverage.log" >&2
    exit 1
}
gcovr --root . --object-directory "$build" --filter middleware/src/ --filter middleware/cli/ \
    --filter demo_service/ --exclude-unreachable-branches --exclude-throw-branches --csv \
    --output "$build/coverage.csv" "$build"
awk -F, '
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
{
    room = $column["filename"]
    sub("/[^/]*$", "", room)
    lines[room] += $column["line_total"]; lines_hit[room] += $column["line_covered"]
    branches[room] += $column["branch_total"]; branches_hit[room] += $column["branch_covered"]
}
END {
    printf "%-28s %7s %8s\n", "room", "lines", "branches"
    for (room in lines) {
        printf "%-28s %6.1f%% %7.1f%%\n", room, 100 * lines_hit[room] / (lines[room] + !lines[room]),
               100 * branches_hit[room] / (branches[room] + !branches[room]) | "sort"
    }
}' "$build/coverage.csv"
