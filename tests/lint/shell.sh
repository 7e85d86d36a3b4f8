#!/bin/sh
# What shellcheck finds in the project's shell scripts: nothing.
set -eu
cd "$(dirname "$0")/../.."
find . \( -path ./build -o -path ./.git \) -prune -o -type f ! -name '*.[ch]' -print |
    while read -r file; do
        if head -n 1 "$file" | grep -qaE '^#!.*[/ ](ba|da)?sh( |$)'; then
            shellcheck "$file"
        fi
    done
