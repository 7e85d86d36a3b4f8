#!/bin/sh
# tsan.sh SOURCE: the unit tests, and what else is labelled `threads`, hold under ThreadSanitizer.
# Its shadow wants addresses where it expects them: without randomisation, where that may be asked.
set -eu
cd "$1"
cmake --preset tsan
cmake --build build/tsan -j "$(nproc)"
# A child that starts threads of its own is what the tests of fork() are about.
export TSAN_OPTIONS="die_after_fork=0 ${TSAN_OPTIONS-}"
fixed=
setarch -R true 2>/dev/null && fixed="setarch -R"
for selection in '-R ^unit_' '-L threads'; do
    # shellcheck disable=SC2086 # one word for each part
    $fixed ctest --test-dir build/tsan -j "$(nproc)" --output-on-failure $selection
done
