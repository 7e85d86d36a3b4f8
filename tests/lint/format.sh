#!/bin/sh
# Every C and C++ file is as clang-format 14 leaves it.
set -eu
cd "$(dirname "$0")/../.."
find . -path ./build -prune -o \( -name '*.[ch]' -o -name '*.cpp' -o -name '*.hpp' \) \
    -exec clang-format-14 --dry-run -Werror {} +
