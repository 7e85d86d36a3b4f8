#!/bin/sh
# What cppcheck finds in the library, the command and the checkout system: nothing. (What is not
# initialised the compilers find, without cppcheck's false alarms.)
set -eu
cd "$(dirname "$0")/../.."
cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --language=c \
    --enable=warning,performance,portability --suppress=missingIncludeSystem \
    --suppress=unknownMacro --suppress=ctuPointerArith --suppress=uninitvar \
    --suppress=ctuuninitvar --suppress=uselessAssignmentPtrArg -D__linux__ -D__GNUC__=12 -D__x86_64__ \
    -I middleware/include -I middleware/src -I demo_service middleware demo_service
