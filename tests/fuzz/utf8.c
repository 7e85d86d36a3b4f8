/* UTF-8: what is decoded and encoded again is well-formed, and a cut never splits a code point. */
#include "fuzz.h"

#include "core/utf8.h"

#include <string.h>

static void check_decoding(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        char again[4];
        size_t taken = 0;
        uint32_t code_point = trl_utf8_decode(text + at, size - at, &taken);
        FUZZ_CHECK(taken > 0 && taken <= size - at && taken <= 4);
        size_t length = trl_utf8_encode(code_point, again);
        if (code_point != TRL_UTF8_REPLACEMENT) {
            FUZZ_CHECK(length == taken && memcmp(again, text + at, taken) == 0);
        }
        at += taken;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    check_decoding(text, size);
    for (size_t limit = 0; limit <= size && limit < 16; limit++) {
        size_t cut = trl_utf8_cut(text, size, limit);
        FUZZ_CHECK(cut <= limit);
    }
    return 0;
}
