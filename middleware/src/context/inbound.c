/* Context: from the headers of a request to its context. What a peer that is not trusted sends is
 * kept as what the client called it, and never becomes an ID of ours. */
#include "context/context.h"
#include "context/make.h"
#include "core/ascii.h"
#include "core/config.h"
#include "core/id.h"
#include "core/likely.h"

#include <string.h>

uint32_t trl_inbound_firsts(void)
{
    const struct trl_list *names = &trl_config()->request_id_headers;
    uint32_t firsts = TRL_FIRST('b') | TRL_FIRST('f') | TRL_FIRST('t') | TRL_FIRST('x');

    for (size_t i = 0; i < names->count; i++) {
        firsts |= TRL_FIRST(names->items[i][0]);
    }
    return firsts;
}

void trl_inbound_request_id_again_(struct trl_inbound *inbound, size_t index, struct trl_text value)
{
    if (!trl_text_same(trl_text_trim(inbound->request_id[index]), trl_text_trim(value))) {
        inbound->request_id_differs[index] = true;
    }
}

static void add_value(struct trl_values *values, struct trl_text value)
{
    if (values->count < TRL_VALUES_MAX) {
        values->item[values->count] = value;
    }
    values->count++;
}

/* HTTP and tracing have no other use for these names. */
static bool add_request_id(struct trl_inbound *inbound, const char *name, struct trl_text value)
{
    const struct trl_list *names = &trl_config()->request_id_headers;

    for (size_t i = 0; i < names->count && i < TRL_ID_HEADERS_MAX; i++) {
        if (trl_same_name(name, names->items[i])) {
            trl_inbound_request_id(inbound, i, value);
            return true;
        }
    }
    return false;
}

static void add_other(struct trl_inbound *inbound, const char *name, struct trl_text text)
{
    switch (name[0] | 0x20) {
    case 'b':
        if (trl_same_name(name, "baggage")) {
            add_value(&inbound->baggage, text);
        }
        break;
    case 'f':
        if (trl_same_name(name, "forwarded")) {
            add_value(&inbound->forwarded, text);
        }
        break;
    case 't':
        if (trl_same_name(name, "traceparent")) {
            inbound->traceparent = text;
            inbound->traceparents++;
        } else if (trl_same_name(name, "tracestate")) {
            add_value(&inbound->tracestate, text);
        }
        break;
    case 'x':
        if (trl_same_name(name, "x-forwarded-for")) {
            add_value(&inbound->x_forwarded_for, text);
        } else if (trl_same_name(name, "x-trail-level")) {
            inbound->level = text;
        }
        break;
    default:
        break;
    }
}

void trl_inbound_header(struct trl_inbound *inbound, const char *name, const char *value,
                        size_t value_size)
{
    struct trl_text text = {value, value_size};

    if (!add_request_id(inbound, name, text)) {
        add_other(inbound, name, text);
    }
}

/* One that is no ID as it stands. No blank is a byte of an ID, so that most need not be looked at
 * for any. */
static __attribute__((noinline)) void take_closely(struct trl_context *context, struct trl_text id,
                                                   bool differs, char *own)
{
    id = trl_text_trim(id);
    context->request_id_size = (uint32_t)id.size;
    context->rejected_reason = differs ? "duplicated" : trl_id_take(id.text, id.size, own);
    context->rejected_size = id.size;
}

/* The first of the configured headers that came decides, good or bad. */
static void take_request_id(struct trl_context *context, const struct trl_inbound *inbound)
{
    bool trusted = (context->trusted & TRL_TRUST_PEER) != 0;
    char *own = trusted ? context->request_id : context->client_request_id;

    for (size_t i = 0; i < TRL_ID_HEADERS_MAX; i++) {
        struct trl_text id = inbound->request_id[i];
        if (id.text == NULL) {
            continue;
        }
        context->request_id_size = (uint32_t)id.size;
        if (TRL_LIKELY(id.text == inbound->checked && !inbound->request_id_differs[i])) {
            memcpy(own, id.text, TRL_UUID_SIZE);
            own[TRL_UUID_SIZE] = '\0';
        } else if (inbound->request_id_differs[i] || trl_id_take(id.text, id.size, own) != NULL) {
            take_closely(context, id, inbound->request_id_differs[i], own);
        }
        break;
    }
    if (context->request_id[0] == '\0') { /* none came that was taken */
        trl_context_new_request_id(context);
    }
}

static void take_tracestate(struct trl_context *context, const struct trl_values *values)
{
    struct trl_tracestate list;

    if (values->count > 0 && trl_tracestate_parse(values, &list)) {
        context->tracestate_size = (uint32_t)trl_tracestate_write(&list, NULL, context->tracestate,
                                                                  sizeof(context->tracestate));
    }
}

static void take_trace(struct trl_context *context, const struct trl_inbound *inbound)
{
    struct trl_traceparent parent;

    /* Twice is malformed, whatever the values: nobody can say which of the two is meant. */
    if (inbound->traceparents != 1 ||
        !trl_traceparent_parse(inbound->traceparent.text, inbound->traceparent.size, &parent)) {
        trl_context_new_trace(context);
        return;
    }
    if ((context->trusted & TRL_TRUST_PEER) == 0) {
        trl_traceparent_write(parent.trace_id, parent.parent_id, parent.flags,
                              context->client_traceparent);
        trl_context_new_trace(context);
        return;
    }
    memcpy(context->trace_id, parent.trace_id, sizeof(context->trace_id));
    memcpy(context->parent_span_id, parent.parent_id, sizeof(context->parent_span_id));
    context->flags = parent.flags;
    trl_id_hex(context->span_id, TRAIL_SPAN_ID_SIZE);
    take_tracestate(context, &inbound->tracestate);
}

static void take_level(struct trl_context *context, struct trl_text value)
{
    char word[8];
    enum trail_level level;

    value = trl_text_trim(value);
    if (value.size == 0 || value.size >= sizeof(word)) {
        return;
    }
    memcpy(word, value.text, value.size);
    word[value.size] = '\0';
    if (trail_level_parse(word, &level) == TRAIL_OK && level != TRAIL_LEVEL_OFF) {
        context->level = (uint8_t)level;
    }
}

void trl_context_init_inbound(struct trl_context *ret_context, const struct trl_inbound *inbound,
                              enum trl_trust trust)
{
    trl_context_clear(ret_context);
    ret_context->trusted = (uint8_t)trust;
    take_request_id(ret_context, inbound);
    take_trace(ret_context, inbound);
    if (TRL_UNLIKELY((trust & TRL_TRUST_PEER) != 0 && inbound->baggage.count > 0)) {
        ret_context->baggage_size = (uint32_t)trl_baggage_join(
            &inbound->baggage, ret_context->baggage, sizeof(ret_context->baggage));
    }
    if (TRL_UNLIKELY((trust & TRL_TRUST_ADMIN) != 0 && inbound->level.size > 0)) {
        take_level(ret_context, inbound->level);
    }
}
