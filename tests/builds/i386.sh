#!/bin/sh
# i386.sh SOURCE SCRATCH: the library can be compiled for 32 bits, with SSE2 and without. The headers
# are those of 64 bits, which serve both but for one that names the functions that libc lacks.
set -eu
mkdir -p "$2/gnu"
: >"$2/gnu/stubs-32.h"
cd "$1"
for simd in -msse2 -mno-sse2; do
    for source in middleware/src/*/*.c; do
        gcc -m32 "$simd" -std=c11 -D_GNU_SOURCE -Imiddleware/src -Imiddleware/include \
            -idirafter "/usr/include/$(gcc -print-multiarch)" -idirafter "$2" \
            -Wall -Wextra -Werror -fsyntax-only "$source"
    done
done
