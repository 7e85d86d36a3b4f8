/* The JSON writer: any bytes become one valid string, within any bound, that no terminal obeys. */
#include "fuzz.h"

#include "core/json.h"
#include "core/json_read.h"
#include "core/utf8.h"

#include <string.h>

static void check_harmless(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        char again[4];
        size_t taken;
        uint32_t code_point = trl_utf8_decode(text + at, size - at, &taken);
        FUZZ_CHECK(!trl_utf8_is_unsafe(code_point));
        FUZZ_CHECK(trl_utf8_encode(code_point, again) == taken);
        FUZZ_CHECK(memcmp(again, text + at, taken) == 0);
        at += taken;
    }
}

/* What was written reads back as text, or as U+FFFD where it was not UTF-8. */
static void check_read_back(struct trl_json_span written, const char *text, size_t size)
{
    const char *at = written.text;
    const char *end = at + written.size;

    for (size_t from = 0; from < size;) {
        size_t taken;
        FUZZ_CHECK(at < end);
        FUZZ_CHECK(trl_json_decode(&at, end) == trl_utf8_decode(text + from, size - from, &taken));
        from += taken;
    }
    FUZZ_CHECK(at == end);
}

static void check_string(const char *text, size_t size, size_t capacity)
{
    struct trl_json_lexer lexer;
    struct trl_json_span span;
    struct trl_json json;
    char *out = malloc(capacity + 1);

    FUZZ_CHECK(out != NULL);
    trl_json_init(&json, out, capacity);
    if (trl_json_string(&json, text, size)) {
        FUZZ_CHECK(json.at <= out + capacity);
        check_harmless(out, (size_t)(json.at - out));
        trl_json_lexer_init(&lexer, out, (size_t)(json.at - out));
        FUZZ_CHECK(trl_json_next(&lexer, &span) == TRL_JSON_STRING);
        if (!json.truncated) {
            check_read_back(span, text, size);
        }
        FUZZ_CHECK(trl_json_next(&lexer, &span) == TRL_JSON_END);
    } else {
        FUZZ_CHECK(json.at == out && json.truncated);
    }
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    check_string(text, size, TRL_JSON_EXPANSION_MAX * size + 32);
    for (size_t capacity = 0; capacity < 24; capacity++) {
        check_string(text, size, capacity + size / 2);
    }
    return 0;
}
