#!/bin/sh
# run.sh BUILD [TARGET] [SECONDS]: runs one fuzzer, or each in turn, from its seeds in corpus/ and
# what earlier runs have found. What breaks one is kept in BUILD/found/.
set -eu
here=$(dirname "$0")
build=$1
shift
target='*'
seconds=60
for argument; do
    case $argument in
    *[!0-9]*) target=$argument ;;
    *) seconds=$argument ;;
    esac
done

mkdir -p "$build/found"
status=2
for fuzzer in "$build"/fuzz/fuzz_$target; do
    [ -x "$fuzzer" ] || continue
    name=${fuzzer##*/fuzz_}
    corpus=$build/corpus/$name
    mkdir -p "$corpus"
    [ "$status" -ne 2 ] || status=0
    if "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/found/$name-" "$corpus" "$here/corpus/$name" \
        >"$build/found/$name.log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/found/$name.log")
        printf '%-16s held for %s s, %s inputs\n' "$name" "$seconds" "$runs"
    else
        printf '%-16s BROKE; see %s\n' "$name" "$build/found/$name.log"
        tail -n 40 "$build/found/$name.log"
        status=1
    fi
done
[ "$status" -ne 2 ] || echo "no such fuzzer: $target" >&2
exit "$status"
