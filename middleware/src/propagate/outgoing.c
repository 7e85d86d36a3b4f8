/* Propagate: carrying the context out of the process. */
#include "propagate/outgoing.h"

#include "core/config.h"

#include <string.h>

struct trl_outgoing_names trl_outgoing_headers(void)
{
    return (struct trl_outgoing_names){
        .request_id = trl_config()->request_id_headers.items[0],
        .traceparent = "traceparent",
        .tracestate = "tracestate",
        .baggage = "baggage",
        .level = "X-Trail-Level",
    };
}

static bool is_printable(const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value < 0x20 || *value > 0x7E) {
            return false;
        }
    }
    return true;
}

enum trail_status trl_put_printable(trail_put_fn *put, void *carrier, const char *name,
                                    const char *value)
{
    if (name == NULL || value[0] == '\0' || !is_printable(value)) {
        return TRAIL_OK;
    }
    return put(carrier, name, value);
}

enum trail_status trl_outgoing_put(const struct trl_outgoing *outgoing,
                                   const struct trl_outgoing_names *names, trail_put_fn *put,
                                   void *carrier)
{
    const char *level =
        outgoing->level != 0 ? trail_level_name((enum trail_level)outgoing->level) : "";
    const struct {
        const char *name;
        const char *value;
    } pairs[] = {
        {names->request_id, outgoing->request_id},
        {names->traceparent, outgoing->traceparent},
        {names->tracestate, outgoing->tracestate},
        {names->baggage, outgoing->baggage},
        {names->level, level},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        enum trail_status status = trl_put_printable(put, carrier, pairs[i].name, pairs[i].value);
        if (status != TRAIL_OK) {
            return status;
        }
    }
    return TRAIL_OK;
}

void trl_outgoing_tracestate(const struct trl_context *context, const char *span_id,
                             char ret_text[TRL_TRACESTATE_MAX + 1])
{
    struct trl_tracestate list;

    ret_text[0] = '\0';
    if (context == NULL || context->tracestate_size == 0) {
        return;
    }
    struct trl_text text = {context->tracestate, context->tracestate_size};
    struct trl_values values = {.count = 1, .item = &text};
    if (trl_tracestate_parse(&values, &list)) {
        trl_tracestate_write(&list, span_id, ret_text, TRL_TRACESTATE_MAX + 1);
    }
}

void trl_outgoing_baggage(const struct trl_context *context, char ret_text[TRL_BAGGAGE_MAX + 1])
{
    const struct trl_list *names = &trl_config()->propagate_baggage;

    ret_text[0] = '\0';
    if (context != NULL && context->baggage_size > 0) {
        trl_baggage_select((struct trl_text){context->baggage, context->baggage_size}, names,
                           ret_text, TRL_BAGGAGE_MAX + 1);
    }
}
