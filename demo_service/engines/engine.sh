#!/bin/sh
# A private RabbitMQ or PostgreSQL from Debian's packages, on loopback, for the demo and the tests.
#
#   engine.sh start rabbitmq|postgresql DIR   starts it with its data in DIR, prints its URL
#   engine.sh stop DIR                        stops it in order; its data stays
#   engine.sh kill DIR                        SIGKILL, as a machine that fails
#   engine.sh remove DIR                      stops it and removes DIR
#
# Exit status 3: its package is not installed; 2: anything else. A second start in the same DIR finds
# the data, and takes the same port. Run by root it becomes the user that the package made, so DIR
# must be reachable for that one.
set -eu

die() {
    printf '%s\n' "engine: $*" >&2
    exit 2
}

missing() {
    printf '%s\n' "engine: the package $1 is missing" >&2
    exit 3
}

# A port that was free a moment ago, below those that Linux gives to outgoing connections: one of
# these could take it while the engine is down, and the engine would not start again.
free_port() {
    perl -MIO::Socket::INET -e \
        'for (1 .. 1000) {
            my $port = 20000 + int rand 12000;
            my $socket = IO::Socket::INET->new(
                LocalAddr => "127.0.0.1", LocalPort => $port, Listen => 1);
            print($port), exit if $socket;
        }
        exit 1'
}

# A port that accepts is not enough for PostgreSQL, which may be replaying its log still.
accepts() {
    if [ "$engine" = postgresql ]; then
        "$bin/pg_isready" -q -h 127.0.0.1 -p "$1"
        return
    fi
    perl -MIO::Socket::INET -e \
        'exit !IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $ARGV[0])' "$1" \
        2>/dev/null
}

# Waits until the port accepts, two minutes at most, as long as the process lives.
await() {
    for _ in $(seq 1200); do
        accepts "$1" && return 0
        alive || return 1
        sleep 0.1
    done
    return 1
}

# The first answer to a question is kept in DIR, for the next start.
kept() {
    [ -s "$dir/$1" ] || "$2" >"$dir/$1"
    cat "$dir/$1"
}

secret() {
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# Runs a command as the engine's user.
as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs "$@"
    else
        "$@"
    fi
}

# Starts a command in a session of its own, whose number is the process group's.
launch() {
    (
        cd "$dir/data"
        exec 9>&-
        if [ "$(id -u)" -eq 0 ]; then
            exec setsid setpriv --reuid="$user" --regid="$user" --clear-groups --no-new-privs "$@"
        fi
        exec setsid "$@"
    ) >>"$dir/output" 2>&1 </dev/null &
    printf '%s\n' $! >"$dir/pid"
}

alive() {
    [ -s "$dir/pid" ] && kill -0 "$(cat "$dir/pid")" 2>/dev/null &&
        ! grep -q '^State:[[:space:]]*Z' "/proc/$(cat "$dir/pid")/status" 2>/dev/null
}

await_end() {
    for _ in $(seq 600); do
        alive || return 0
        sleep 0.1
    done
    return 1
}

prepare() {
    mkdir -p "$dir/data"
    if [ "$(id -u)" -eq 0 ]; then
        chown "$user" "$dir/data"
    fi
    chmod 0711 "$dir"
    chmod 0700 "$dir/data"
}

rabbitmq_home() {
    for home in /usr/lib/rabbitmq/lib/rabbitmq_server-*; do
        [ -x "$home/sbin/rabbitmq-server" ] && printf '%s' "$home" && return 0
    done
    missing rabbitmq-server
}

start_rabbitmq() {
    port=$(kept port free_port)
    epmd_port=$(kept epmd_port free_port)
    dist_port=$(kept dist_port free_port)
    as_user touch "$dir/data/enabled_plugins"
    launch env -i PATH="$PATH" HOME="$dir/data" LANG=C.UTF-8 \
        ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT="$epmd_port" \
        RABBITMQ_NODENAME="trail$port@localhost" RABBITMQ_DIST_PORT="$dist_port" \
        RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port" \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
        RABBITMQ_MNESIA_BASE="$dir/data/mnesia" RABBITMQ_LOGS=- \
        RABBITMQ_CONFIG_FILE="$dir/data/rabbitmq" RABBITMQ_CONF_ENV_FILE=/dev/null \
        RABBITMQ_ENABLED_PLUGINS_FILE="$dir/data/enabled_plugins" \
        "$home/sbin/rabbitmq-server"
    url="amqp://guest:guest@127.0.0.1:$port/"
}

postgresql_bin() {
    for bin in /usr/lib/postgresql/*/bin; do
        [ -x "$bin/postgres" ] && printf '%s' "$bin" && return 0
    done
    missing postgresql
}

start_postgresql() {
    port=$(kept port free_port)
    password=$(kept password secret)
    if [ ! -s "$dir/data/db/PG_VERSION" ]; then
        printf '%s\n' "$password" | as_user tee "$dir/data/password" >/dev/null
        (cd "$dir/data" && as_user "$bin/initdb" -D "$dir/data/db" -U trail -E UTF8 \
            --locale=C.UTF-8 --auth=scram-sha-256 --pwfile="$dir/data/password") \
            >>"$dir/output" 2>&1 || die "initdb failed: see $dir/output"
    fi
    launch "$bin/postgres" -D "$dir/data/db" -c listen_addresses=127.0.0.1 -c port="$port" \
        -c unix_socket_directories= -c lc_messages=C
    url="postgresql://trail:$password@127.0.0.1:$port/postgres"
}

start() {
    alive && die "an engine runs in $dir already"
    prepare
    "start_$engine"
    printf '%s\n' "$engine" >"$dir/engine"
    if ! await "$port"; then
        tail -n 20 "$dir/output" >&2 || true
        kill_all
        die "$engine did not start"
    fi
    printf '%s\n' "$url"
}

# Erlang's port mapper leaves the session of the node that started it.
end_epmd() {
    [ -s "$dir/epmd_port" ] || return 0
    env ERL_EPMD_ADDRESS=127.0.0.1 epmd -port "$(cat "$dir/epmd_port")" -kill >/dev/null 2>&1 || true
}

# The whole of it at once: PostgreSQL's children have sessions of their own, and would end later.
kill_all() {
    [ -s "$dir/pid" ] || return 0
    pid=$(cat "$dir/pid")
    children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || true)
    kill -s KILL -- "-$pid" 2>/dev/null || true
    for child in $children; do
        kill -s KILL "$child" 2>/dev/null || true
    done
    await_end || true
    end_epmd
    # It is dead, even where nobody reaps it; PostgreSQL would not believe that.
    rm -f "$dir/pid" "$dir/data/db/postmaster.pid"
}

stop() {
    [ -s "$dir/pid" ] || return 0
    # For postgres SIGINT is the fast end: it does not wait for clients to leave.
    case $(cat "$dir/engine") in
    postgresql) kill -INT "$(cat "$dir/pid")" 2>/dev/null || true ;;
    *) kill -s TERM -- "-$(cat "$dir/pid")" 2>/dev/null || true ;;
    esac
    await_end || true
    kill_all
}

[ $# -ge 2 ] || die "usage: engine.sh start rabbitmq|postgresql DIR | stop|kill|remove DIR"
command=$1
case $command in
start)
    engine=$2
    dir=${3?engine: start needs a directory}
    mkdir -p "$dir"
    ;;
stop | kill | remove) dir=$2 ;;
*) die "no such command: $command" ;;
esac
[ -d "$dir" ] || exit 0
dir=$(readlink -f -- "$dir")
case $command in
start)
    case $engine in
    rabbitmq)
        home=$(rabbitmq_home)
        user=rabbitmq
        ;;
    postgresql)
        bin=$(postgresql_bin)
        user=postgres
        ;;
    *) die "no such engine: $engine (rabbitmq, postgresql)" ;;
    esac
    start
    ;;
stop) stop ;;
kill) kill_all ;;
remove)
    stop
    rm -rf -- "$dir"
    ;;
esac
