#!/bin/sh
# run.sh BUILD SANITIZE: what BUILD installs is found by find_package(trail) and by pkg-config, and
# programs that are linked with it run, also after the prefix has been moved.
set -eu
here=$(dirname "$0")
work=$1/package
flags=${2:+-fsanitize=$2}
rm -rf "$work"
cmake --install "$1" --prefix "$work/staged"
mv "$work/staged" "$work/prefix"
for own in OFF ON; do
    cmake -G Ninja -S "$here" -B "$work/build-$own" -DCMAKE_PREFIX_PATH="$work/prefix" \
        -DCMAKE_C_FLAGS="$flags" -DOWN_CIVETWEB="$own"
    cmake --build "$work/build-$own"
    for program in "$work/build-$own"/consumer_*; do
        "$program"
    done
done

PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name trail.pc)")
export PKG_CONFIG_PATH
eval "set -- $(pkg-config --cflags --libs trail)" # which puts a backslash before a blank
# shellcheck disable=SC2086 # one word for each option
cc $flags "$here/main.c" "$@" -o "$work/by-pkg-config"
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH") "$work/by-pkg-config"
