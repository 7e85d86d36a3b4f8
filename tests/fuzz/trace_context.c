/* traceparent on the first line, a tracestate on each further one: what is accepted is written so
 * that it is accepted again, and ours stands in front of at most 32 members. */
#include "fuzz.h"

#include "context/traceparent.h"
#include "context/tracestate.h"

#include <string.h>

static void check_traceparent(const char *text, size_t size)
{
    struct trl_traceparent first;
    struct trl_traceparent second;
    char written[TRAIL_TRACEPARENT_BYTES];

    if (trl_traceparent_parse(text, size, &first)) {
        trl_traceparent_write(first.trace_id, first.parent_id, first.flags, written);
        FUZZ_CHECK(strlen(written) == sizeof(written) - 1);
        FUZZ_CHECK(trl_traceparent_parse(written, strlen(written), &second));
        FUZZ_CHECK(strcmp(first.trace_id, second.trace_id) == 0);
        FUZZ_CHECK(strcmp(first.parent_id, second.parent_id) == 0);
        FUZZ_CHECK(first.flags == second.flags && first.flags <= 3);
    }
}

static void check_written(const char *written, size_t size, unsigned members_max)
{
    struct trl_text text = {written, size};
    struct trl_values values = {.count = 1, .item = &text};
    struct trl_tracestate again;

    FUZZ_CHECK(written[size] == '\0' && strlen(written) == size);
    FUZZ_CHECK(trl_tracestate_parse(&values, &again));
    FUZZ_CHECK(again.count <= members_max);
}

static void check_tracestate(const struct trl_values *values, size_t capacity)
{
    static char written[TRL_TRACESTATE_MAX + 1];
    struct trl_tracestate list;

    if (!trl_tracestate_parse(values, &list)) {
        FUZZ_CHECK(list.count == 0);
        return;
    }
    check_written(written, trl_tracestate_write(&list, NULL, written, capacity), list.count);
    size_t size = trl_tracestate_write(&list, "00f067aa0ba902b7", written, sizeof(written));
    check_written(written, size, TRL_TRACESTATE_MEMBERS_MAX);
    FUZZ_CHECK(memcmp(written, "trail=00f067aa0ba902b7", 22) == 0);
    FUZZ_CHECK(strstr(written, ",trail=") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trl_text rest = {(const char *)data, size};
    struct trl_text items[TRL_VALUES_MAX];
    struct trl_values values = {.count = 0, .item = items};
    struct trl_text line;

    if (size == 0 || !trl_text_next(&rest, '\n', &line)) {
        return 0;
    }
    check_traceparent(line.text, line.size);
    while (trl_text_next(&rest, '\n', &line)) {
        if (values.count < TRL_VALUES_MAX) {
            values.item[values.count] = line;
        }
        values.count++;
    }
    check_tracestate(&values, 1 + size % TRL_TRACESTATE_MAX);
    return 0;
}
