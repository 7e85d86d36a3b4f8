/* Context: traceparent (W3C Trace Context Level 2, 3.2). */
#include "context/traceparent.h"

#include "context/text.h"
#include "core/id.h"

#include <string.h>

/* `00-TRACE-PARENT-FLAGS`: where each part begins. */
enum { TRACE_AT = 3, PARENT_AT = 36, FLAGS_AT = 53, SIZE = 55 };

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Two lower-case digits; -1 if they are none. */
static int hex_byte(const char *text)
{
    int high = hex_value(text[0]);
    int low = hex_value(text[1]);

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

bool trl_traceparent_parse(const char *text, size_t size, struct trl_traceparent *ret_traceparent)
{
    struct trl_text value = trl_text_trim((struct trl_text){text, size});

    /* 3.2.4: whatever the version, what is shorter restarts the trace. */
    if (value.size < SIZE) {
        return false;
    }
    const char *at = value.text;
    int version = hex_byte(at);
    if (version < 0 || version == 0xFF || at[2] != '-') {
        return false; /* 3.2.2.1: ff is forbidden */
    }
    /* 3.2.4: a higher version may go on, behind a dash. */
    if (value.size > SIZE && (version == 0 || at[SIZE] != '-')) {
        return false;
    }
    int flags = hex_byte(at + FLAGS_AT);
    if (flags < 0 || at[PARENT_AT - 1] != '-' || at[FLAGS_AT - 1] != '-' ||
        !trl_id_is_hex(at + TRACE_AT, TRAIL_TRACE_ID_SIZE) ||
        !trl_id_is_hex(at + PARENT_AT, TRAIL_SPAN_ID_SIZE)) {
        return false;
    }
    memcpy(ret_traceparent->trace_id, at + TRACE_AT, TRAIL_TRACE_ID_SIZE);
    ret_traceparent->trace_id[TRAIL_TRACE_ID_SIZE] = '\0';
    memcpy(ret_traceparent->parent_id, at + PARENT_AT, TRAIL_SPAN_ID_SIZE);
    ret_traceparent->parent_id[TRAIL_SPAN_ID_SIZE] = '\0';
    ret_traceparent->flags = (uint8_t)((unsigned)flags & (TRL_FLAG_SAMPLED | TRL_FLAG_RANDOM));
    return true;
}

void trl_traceparent_write(const char *trace_id, const char *span_id, uint8_t flags,
                           char ret_text[TRAIL_TRACEPARENT_BYTES])
{
    memcpy(ret_text, "00-", TRACE_AT);
    memcpy(ret_text + TRACE_AT, trace_id, TRAIL_TRACE_ID_SIZE);
    ret_text[PARENT_AT - 1] = '-';
    memcpy(ret_text + PARENT_AT, span_id, TRAIL_SPAN_ID_SIZE);
    ret_text[FLAGS_AT - 1] = '-';
    ret_text[FLAGS_AT] = '0';
    ret_text[FLAGS_AT + 1] = (char)('0' + (flags & (TRL_FLAG_SAMPLED | TRL_FLAG_RANDOM)));
    ret_text[SIZE] = '\0';
}
