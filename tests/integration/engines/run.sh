#!/bin/sh
# Runs tests on engines: start|stop SCRIPT ENGINE; run SCRIPT "ENGINE…" COMMAND. ENGINES is a file
# that says where their data lie: in a folder below /tmp, which their users can reach.
set -eu

command=$1
script=$2
engine=$3

case $command in
start)
    mkdir -p "$ENGINES"
    dir=$(mktemp -d "${TMPDIR:-/tmp}/trail-$engine-XXXXXX")
    chmod 0711 "$dir"
    printf '%s\n' "$dir" >"$ENGINES/$engine.dir"
    # What is not installed is no failure: the tests on it are skipped.
    sh "$script" start "$engine" "$dir/engine" >"$ENGINES/$engine.url" ||
        [ $? -eq 3 ]
    ;;
stop)
    dir=$(cat "$ENGINES/$engine.dir")
    sh "$script" remove "$dir/engine"
    rm -rf -- "$dir" "$ENGINES/$engine.dir" "$ENGINES/$engine.url"
    ;;
run)
    for engine in $(printf '%s' "$3" | tr ';' ' '); do
        url=$(cat "$ENGINES/$engine.url")
        [ -n "$url" ] || exit 77
        case $engine in
        rabbitmq) export TRAIL_TEST_QUEUE="$url" ;;
        postgresql) export TRAIL_TEST_ORDERS="$url" ;;
        esac
        TRAIL_TEST_ENGINE=$(cat "$ENGINES/$engine.dir")/engine
        export TRAIL_TEST_ENGINE
        [ "$engine" != rabbitmq ] || export TRAIL_TEST_BROKER="$TRAIL_TEST_ENGINE"
    done
    shift 3
    exec "$@"
    ;;
esac
