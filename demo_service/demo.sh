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
engines=

# However this ends, the private engines end with it, and leave nothing behind.
# shellcheck disable=SC2317 # a trap calls it
remove_engines() {
    for name in $engines; do
        sh demo_service/engines/engine.sh remove "$place/$name" || true
    done
    [ -z "$engines" ] || rmdir "$place" || true
}

# Starts a private engine below /tmp, where its user can reach it; its URL is in $url.
start_engine() {
    if [ -z "$engines" ]; then
        place=$(mktemp -d "${TMPDIR:-/tmp}/trail-demo-XXXXXX")
        chmod 0711 "$place"
        trap remove_engines EXIT
        trap 'exit 129' HUP
        trap 'exit 130' INT
        trap 'exit 143' TERM
    fi
    engines="$engines $1"
    printf '%s\n' "demo: starting a private $1" >&2
    url=$(sh demo_service/engines/engine.sh start "$1" "$place/$1") || exit 2
}

if [ "$queue" = amqp ]; then
    start_engine rabbitmq
    queue=$url
fi
if [ "$orders" = postgresql ]; then
    start_engine postgresql
    orders=$url
fi

set -- build/release/bin/checkout-demo --mode "$mode" --folder build/demo \
    ${queue:+--queue "$queue"} ${orders:+--orders "$orders"}
[ -n "$engines" ] || exec "$@"

# The demo stops in order; the engines are needed until it has.
"$@" &
demo=$!
trap 'kill -s TERM "$demo" 2>/dev/null || true' HUP INT TERM
status=0
while :; do
    wait "$demo" && status=0 || status=$?
    kill -s 0 "$demo" 2>/dev/null || break
done
exit "$status"
