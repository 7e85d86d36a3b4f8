#!/bin/sh
# syslog-ng.sh CACHE ARGUMENTS…: runs syslog-ng. Debian lets only one syslog daemon be installed;
# where it is rsyslog, syslog-ng's packages are unpacked into CACHE and run from there. Exit status
# 77: neither is possible.
set -eu
PATH=$PATH:/usr/sbin:/sbin
cache=$1
shift

if command -v syslog-ng >/dev/null; then
    exec syslog-ng "$@"
fi

unpack() {
    command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
    mkdir -p "$cache/archives/partial" "$cache/new"
    apt-get -qq -y --no-install-recommends --download-only -o Debug::NoLocking=1 \
        -o Dir::Cache::archives="$cache/archives" install syslog-ng-core >"$cache/log" 2>&1 ||
        return 1
    for package in "$cache"/archives/*.deb; do
        dpkg -x "$package" "$cache/new" || return 1
    done
    mv "$cache/new" "$cache/root"
}

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
[ -x "$cache/root/usr/sbin/syslog-ng" ] || unpack || exit 77
exec 9>&-

libraries=
for folder in "$cache"/root/usr/lib/*-linux-gnu* "$cache/root/usr/lib/syslog-ng"; do
    libraries=$libraries${libraries:+:}$folder
done
modules=$(echo "$cache"/root/usr/lib/syslog-ng/[0-9]*)
export LD_LIBRARY_PATH="$libraries"
exec "$cache/root/usr/sbin/syslog-ng" --module-path="$modules" "$@"
