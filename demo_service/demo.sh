#!/bin/sh
# What `./dev demo` runs once everything is built: [--once] [--queue=ENGINE] [--orders=ENGINE].
set -eu

mode=follow
queue=
orders=
for argument; do
    case $argument in
    --once) mode=once ;;
    --queue=?*) queue=${argument#*=} ;;
    --orders=?*) orders=${argument#*=} ;;
    *)
        printf '%s\n' "demo: no such option: $argument; allowed: --once, --queue=, --orders=" >&2
        exit 2
        ;;
    esac
done

cd -- "$(dirname -- "$0")/.."
mkdir -p build
exec build/release/bin/checkout-demo --mode "$mode" --folder build/demo \
    ${queue:+--queue "$queue"} ${orders:+--orders "$orders"}
