#!/bin/sh
# header.sh NAME: <trail/NAME> compiles alone, as C11 and as C++17, with gcc and with clang.
set -eu
include=$(dirname "$0")/../../middleware/include
warnings="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
check() {
    # shellcheck disable=SC2086 # one word for each option
    printf '#include <trail/%s>\n' "$name" |
        "$1" -x "$2" "-std=$3" $warnings -fsyntax-only -I "$include" -
}
name=$1
check gcc c c11
check clang-14 c c11
check g++ c++ c++17
check clang++-14 c++ c++17
