/* Finished lines in other forms: whatever stands in the file, the pretty form controls no terminal,
 * and every schema gives one valid object within the bound, which reads back as one. */
#include "fuzz.h"

#include "core/json_read.h"
#include "core/utf8.h"
#include "log/pretty.h"
#include "log/schema.h"

#include <string.h>
#include <trail/log.h>

static char out[8 * 65536];

static void check_pretty(const char *text, size_t size)
{
    const struct trl_pretty_options options = {.width = 80};
    size_t used = trl_pretty_line(&options, text, size, out, sizeof(out));

    if (used == 0) {
        used = trl_pretty_passthrough(text, size, out, sizeof(out));
    }
    FUZZ_CHECK(used <= trl_pretty_bound(size));
    for (size_t at = 0; at < used;) {
        size_t taken;
        uint32_t code_point = trl_utf8_decode(out + at, used - at, &taken);
        FUZZ_CHECK(code_point == '\n' || code_point == '\t' || !trl_utf8_is_unsafe(code_point));
        at += taken;
    }
}

static void check_object(const char *text, size_t size)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    FUZZ_CHECK(trl_json_object_begin(&lexer, text, size));
    while (trl_json_object_next(&lexer, &member)) {}
    FUZZ_CHECK(trl_json_object_ok(&lexer));
}

static void check_read_back(const char *text, size_t size)
{
    static char back[65536];
    size_t used = trl_schema_read(text, size, back, sizeof(back));

    if (used > 0) {
        FUZZ_CHECK(used <= sizeof(back));
        check_object(back, used);
    }
}

static void check_schema(enum trl_schema schema, const char *text, size_t size)
{
    const struct trl_schema_options options = {.schema = schema, .project = "p"};
    size_t used = trl_schema_line(&options, text, size, out, TRAIL_LINE_MAX);

    if (used > 0) {
        FUZZ_CHECK(used <= TRAIL_LINE_MAX && out[used - 1] == '\n');
        check_object(out, used);
        check_read_back(out, used);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;

    if (size > 32768) {
        return 0;
    }
    check_pretty(text, size);
    check_read_back(text, size);
    check_schema(TRL_SCHEMA_ECS, text, size);
    check_schema(TRL_SCHEMA_OTEL, text, size);
    check_schema(TRL_SCHEMA_GCP, text, size);
    return 0;
}
