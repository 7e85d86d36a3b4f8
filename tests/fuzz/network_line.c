/* A line in the forms of the network outputs, whatever it holds. */
#include "fuzz.h"

#include "core/json_read.h"
#include "sink/journald_format.h"
#include "sink/otlp_format.h"
#include "sink/syslog_format.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { LIMIT = 2048 };

static void check_syslog(const char *line, size_t size)
{
    static const struct trl_syslog_origin origin = {
        .facility = 1, .host = "host", .application = "shop", .process = "1"};
    static char message[TRL_SYSLOG_MESSAGE_MAX + 1];
    size_t written =
        trl_syslog_format(&origin, TRAIL_LEVEL_INFO, line, size, line, size, LIMIT, message);

    FUZZ_CHECK(written <= LIMIT && memcmp(message, "<14>1 ", 6) == 0);
}

static bool is_object(const char *line, size_t size)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    if (!trl_json_object_begin(&lexer, line, size)) {
        return false;
    }
    while (trl_json_object_next(&lexer, &member)) {}
    return trl_json_object_ok(&lexer);
}

/* Of a line that is JSON the request is JSON. (The parser refuses halves of surrogate pairs, which
 * no line of trail's has.) */
static void check_otlp(const char *line, size_t size)
{
    struct trl_grown_text text = {.size = 0};

    trl_otlp_begin(&text, "shop", "test");
    (void)trl_otlp_add(&text, true, line, size);
    trl_otlp_end(&text);
    FUZZ_CHECK(!text.failed);
    if (is_object(line, size) && memmem(line, size, "\\u", 2) == NULL) {
        cJSON *request = cJSON_ParseWithLength(text.bytes, text.size);
        FUZZ_CHECK(request != NULL);
        cJSON_Delete(request);
    }
    trl_grown_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char entry[TRL_JOURNALD_ENTRY_MAX];
    const char *line = (const char *)data;

    if (size > TRAIL_LINE_MAX) {
        return 0;
    }
    check_syslog(line, size);
    check_otlp(line, size);
    FUZZ_CHECK(trl_journald_format(TRAIL_LEVEL_INFO, line, size, entry) <= sizeof(entry));
    return 0;
}
