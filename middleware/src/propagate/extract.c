/* Propagate: reading the context from any carrier. */
#include "context/capture.h"
#include "core/config.h"

#include <trail/propagate.h>

#include <stdlib.h>

static void offer_all(struct trl_inbound *inbound, const char *name, trail_get_fn *get,
                      void *carrier)
{
    /* One more than is kept, so that an overfull header is seen to be one. */
    for (size_t i = 0; i <= TRL_VALUES_MAX; i++) {
        size_t size = 0;
        const char *value = get(carrier, name, i, &size);
        if (value == NULL) {
            break;
        }
        trl_inbound_header(inbound, name, value, size);
    }
}

static void read_carrier(struct trl_inbound *inbound, trail_get_fn *get, void *carrier)
{
    static const char *const names[] = {"traceparent", "tracestate", "baggage"};
    const struct trl_list *id_names = &trl_config()->request_id_headers;

    trl_inbound_init(inbound, trl_inbound_firsts());
    for (size_t i = 0; i < id_names->count && i < TRL_ID_HEADERS_MAX; i++) {
        offer_all(inbound, id_names->items[i], get, carrier);
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        offer_all(inbound, names[i], get, carrier);
    }
}

/* What a client sent is told with each line, as a server's adapter does. */
static void bind_client(struct trail_context *context)
{
    struct trail_field fields[2];
    size_t count = 0;

    if (context->base.client_request_id[0] != '\0') {
        fields[count++] = trail_kv("clientRequestId", context->base.client_request_id);
    }
    if (context->base.client_traceparent[0] != '\0') {
        fields[count++] = trail_kv("clientTraceparent", context->base.client_traceparent);
    }
    trl_context_bind(context, fields, count);
}

enum trail_status trail_extract(trail_get_fn *get, void *carrier, bool trusted,
                                struct trail_context **ret_context)
{
    struct trl_inbound inbound;
    enum trail_status status = get != NULL ? trl_context_alloc(ret_context) : TRAIL_ERR_INVALID;

    if (status != TRAIL_OK) {
        return status;
    }
    struct trail_context *context = *ret_context;
    read_carrier(&inbound, get, carrier);
    trl_context_init_inbound(&context->base, &inbound, trusted ? TRL_TRUST_PEER : TRL_TRUST_NONE);
    bind_client(context);
    trl_context_report(&context->base, &context->bound);
    return TRAIL_OK;
}
