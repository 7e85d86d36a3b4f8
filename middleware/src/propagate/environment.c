/* Propagate: the context of child processes, in their environment. */
#include "context/capture.h"
#include "core/config.h"
#include "propagate/outgoing.h"

#include <trail/propagate.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct trl_outgoing_names names = {
    .request_id = "TRAIL_REQUEST_ID",
    .traceparent = "TRACEPARENT",
    .tracestate = "TRACESTATE",
    .baggage = "BAGGAGE",
};

static bool is_ours(const char *entry)
{
    const char *const all[] = {names.request_id, names.traceparent, names.tracestate,
                               names.baggage};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        size_t size = strlen(all[i]);
        if (strncmp(entry, all[i], size) == 0 && entry[size] == '=') {
            return true;
        }
    }
    return false;
}

enum trail_status trail_environment_put(trail_put_fn *put, void *carrier)
{
    const struct trl_context *context = trl_context_current();
    char traceparent[TRAIL_TRACEPARENT_BYTES];
    char tracestate[TRL_TRACESTATE_MAX + 1];
    char baggage[TRL_BAGGAGE_MAX + 1];

    if (put == NULL) {
        return TRAIL_ERR_INVALID;
    }
    if (context == NULL) {
        return TRAIL_OK;
    }
    trl_traceparent_write(context->trace_id, context->span_id, context->flags, traceparent);
    trl_outgoing_tracestate(context, context->span_id, tracestate);
    trl_outgoing_baggage(context, baggage);
    const struct trl_outgoing outgoing = {.request_id = context->request_id,
                                          .traceparent = traceparent,
                                          .tracestate = tracestate,
                                          .baggage = baggage};
    return trl_outgoing_put(&outgoing, &names, put, carrier);
}

/* An environment under construction: pointers first, what they point to behind them. */
struct builder {
    char **entries;
    size_t count;
    char *text; /* NULL while sizes are counted */
    size_t size;
};

static void add(struct builder *builder, const char *name, const char *separator, const char *value)
{
    const char *const parts[] = {name, separator, value};
    size_t start = builder->size;

    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(parts[i]);
        if (builder->text != NULL) {
            memcpy(builder->text + builder->size, parts[i], size);
        }
        builder->size += size;
    }
    if (builder->text != NULL) {
        builder->text[builder->size] = '\0';
        builder->entries[builder->count] = builder->text + start;
    }
    builder->size++;
    builder->count++;
}

static enum trail_status put_entry(void *carrier, const char *name, const char *value)
{
    add(carrier, name, "=", value);
    return TRAIL_OK;
}

static void add_all(struct builder *builder, char *const *base)
{
    builder->count = 0;
    builder->size = 0;
    for (; *base != NULL; base++) {
        if (!is_ours(*base)) {
            add(builder, *base, "", "");
        }
    }
    (void)!trail_environment_put(put_entry, builder);
}

enum trail_status trail_environment_new(char *const *base, char ***ret_environment)
{
    struct builder builder = {.text = NULL};

    if (ret_environment == NULL) {
        return TRAIL_ERR_INVALID;
    }
    base = base != NULL ? base : environ;
    add_all(&builder, base);
    size_t pointers = (builder.count + 1) * sizeof(char *);
    builder.entries = malloc(pointers + builder.size);
    if (builder.entries == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    builder.text = (char *)builder.entries + pointers;
    add_all(&builder, base);
    builder.entries[builder.count] = NULL;
    *ret_environment = builder.entries;
    return TRAIL_OK;
}

void trail_environment_free(char **environment)
{
    free(environment);
}

static void offer(struct trl_inbound *inbound, const char *header, const char *variable)
{
    const char *value = getenv(variable);

    if (value != NULL && value[0] != '\0') {
        trl_inbound_header(inbound, header, value, strlen(value));
    }
}

enum trail_status trail_context_from_environment(struct trail_context **ret_context)
{
    struct trl_inbound inbound;
    enum trail_status status = trl_context_alloc(ret_context);

    if (status != TRAIL_OK) {
        return status;
    }
    struct trail_context *context = *ret_context;
    trl_inbound_init(&inbound, trl_inbound_firsts());
    offer(&inbound, trl_config()->request_id_headers.items[0], names.request_id);
    offer(&inbound, "traceparent", names.traceparent);
    offer(&inbound, "tracestate", names.tracestate);
    offer(&inbound, "baggage", names.baggage);
    trl_context_init_inbound(&context->base, &inbound, TRL_TRUST_PEER);
    trl_context_bind(context, NULL, 0);
    trl_context_report(&context->base, &context->bound);
    return TRAIL_OK;
}
