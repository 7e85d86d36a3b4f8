/* What a scope is about, how it is made from what came with a request, and the stack of scopes of a
 * thread. Nothing here takes heap memory or a lock.
 *
 *     struct trl_inbound inbound;                    a server's adapter, for each request
 *     trl_inbound_init(&inbound, trl_inbound_firsts());
 *     for each header: trl_inbound_header(&inbound, name, value, strlen(value));
 *     trl_context_init_inbound(&context, &inbound, trl_trust_of(peer_address));
 *     trl_scope_enter(&scope, &context, NULL);
 *     trl_context_report(&context, NULL);
 *     ... handler ...
 *     trl_scope_restore(&scope);                     scopes that the handler forgot are left
 *     ... terminal event ...
 *     trl_scope_leave(&scope);
 */
#ifndef TRL_CONTEXT_CONTEXT_H
#define TRL_CONTEXT_CONTEXT_H

#include "context/baggage.h"
#include "context/text.h"
#include "context/traceparent.h"
#include "context/tracestate.h"
#include "core/config.h"
#include "log/scope.h"

#include <trail/context.h>

#include <stddef.h>
#include <string.h>

#define TRL_JOB_ID_MAX 64

/* Whose word is believed: a bit set. */
enum trl_trust {
    TRL_TRUST_NONE = 0,
    TRL_TRUST_PEER = 1,  /* IDs, trace context, baggage, forwarded addresses */
    TRL_TRUST_ADMIN = 2, /* X-Trail-Level */
};

/* The IDs and what travels with them. All texts are terminated; "" is absent. Read only once it is
 * made: several threads may have entered it. The two long texts stand last and are written only as
 * far as they are used, so that an idle one costs no page. */
struct trl_context {
    char request_id[TRAIL_REQUEST_ID_MAX + 1];
    char trace_id[TRAIL_TRACE_ID_SIZE + 1];
    char span_id[TRAIL_SPAN_ID_SIZE + 1];
    char parent_span_id[TRAIL_SPAN_ID_SIZE + 1];
    uint8_t flags;   /* TRL_FLAG_… */
    uint8_t level;   /* enum trail_level that was asked for this request; 0: none */
    uint8_t trusted; /* enum trl_trust */
    char job_id[TRL_JOB_ID_MAX + 1];
    char client_request_id[TRAIL_REQUEST_ID_MAX + 1]; /* valid, but of an untrusted peer */
    char client_traceparent[TRAIL_TRACEPARENT_BYTES]; /* likewise */
    const char *rejected_reason;                      /* of an incoming request ID; or NULL */
    size_t rejected_size;                             /* its length in bytes */
    uint32_t request_id_size;
    uint32_t tracestate_size;
    uint32_t baggage_size;
    char tracestate[TRL_TRACESTATE_MAX + 1];
    char baggage[TRL_BAGGAGE_MAX + 1];
};

/* The headers of a request that trail reads, borrowed. Not to be copied. */
struct trl_inbound {
    uint32_t firsts;                                /* TRL_FIRST() of the names that trail reads */
    struct trl_text request_id[TRL_ID_HEADERS_MAX]; /* of each of the configured names */
    bool request_id_differs[TRL_ID_HEADERS_MAX];    /* it came twice with two values */
    const char *checked; /* a value that is known to be an ID of TRL_UUID_SIZE bytes, or NULL */
    struct trl_text traceparent;
    unsigned traceparents; /* how often it came */
    struct trl_text level;
    struct trl_values tracestate;
    struct trl_values baggage;
    struct trl_values forwarded;
    struct trl_values x_forwarded_for;
    /* Of the four above, behind all that is touched where none of them came. */
    struct trl_text items[4][TRL_VALUES_MAX];
};

/* A bit for the first letter of a name, in either case. */
#define TRL_FIRST(letter) (UINT32_C(1) << ((letter)&0x1F))

/* Those of the names that trail reads, under the configuration in force. */
uint32_t trl_inbound_firsts(void);

/* firsts: what trl_inbound_firsts() is. */
static inline void trl_inbound_init(struct trl_inbound *ret_inbound, uint32_t firsts)
{
    memset(ret_inbound, 0, offsetof(struct trl_inbound, items));
    ret_inbound->firsts = firsts;
    ret_inbound->tracestate.item = ret_inbound->items[0];
    ret_inbound->baggage.item = ret_inbound->items[1];
    ret_inbound->forwarded.item = ret_inbound->items[2];
    ret_inbound->x_forwarded_for.item = ret_inbound->items[3];
}

/* Whether a header may be one that trail reads, so that others need not be offered. */
static inline bool trl_inbound_may_read(const struct trl_inbound *inbound, const char *name)
{
    return (inbound->firsts & TRL_FIRST(name[0])) != 0;
}

/* Offers one header; one that trail does not read is passed over. Both are borrowed until
 * trl_context_init_inbound() has returned; the value need not be terminated. */
void trl_inbound_header(struct trl_inbound *inbound, const char *name, const char *value,
                        size_t value_size);

/* It came before. Apart, so that what is frequent finds the registers. */
void trl_inbound_request_id_again_(struct trl_inbound *inbound, size_t index,
                                   struct trl_text value);

/* The same, of a header that is known to be the configured one at index. */
static inline void trl_inbound_request_id(struct trl_inbound *inbound, size_t index,
                                          struct trl_text value)
{
    if (inbound->request_id[index].text == NULL) {
        inbound->request_id[index] = value;
    } else {
        trl_inbound_request_id_again_(inbound, index, value);
    }
}

/* Makes the context of a request: IDs accepted or new, a span of its own. Never fails. */
void trl_context_init_inbound(struct trl_context *ret_context, const struct trl_inbound *inbound,
                              enum trl_trust trust);

/* A context that nothing has caused: all IDs are new. request_id: NULL or not valid: a new one. */
void trl_context_init_new(struct trl_context *ret_context, const char *request_id);

/* A copy, as long as what is used of it. */
void trl_context_copy(struct trl_context *ret_context, const struct trl_context *context);

/* Logs `request_id_rejected` if an incoming ID was replaced. logger: with the IDs; NULL: that of
 * the current scope. */
void trl_context_report(const struct trl_context *context, const struct trail_logger *logger);

/* A logger with the context's IDs and the fields that are bound in another (NULL: none). */
void trl_context_logger(const struct trl_context *context, const struct trail_logger *bound,
                        struct trail_logger *ret_logger);

/* Binds the members of the context's baggage that TRAIL_BAGGAGE_FIELDS names. */
void trl_bind_baggage(const struct trl_context *context, struct trail_logger *logger);

/* A scope that is entered: what a struct trail_scope holds, and what an adapter keeps for each
 * request. Must not move until it is left. */
struct trl_scope {
    struct trl_log_scope log;
    const struct trl_context *context; /* NULL: an empty scope */
    bool keep_asked;                   /* trail_keep() was called, here or further inside */
};

/* Enters. bound: the bound fields to begin with; NULL: the baggage's that are chosen. The adapter
 * may then set log.keeps and call trl_log_scope_changed(). A NULL context makes the scope empty. */
void trl_scope_enter(struct trl_scope *ret_scope, const struct trl_context *context,
                     const struct trail_logger *bound);

/* Makes an entered scope the current one again: what was entered inside and not left is left now,
 * and told as `scope_not_left` with debug checks on. The memory of a forgotten scope is not
 * touched: it may be a stack frame that is gone. */
void trl_scope_restore(struct trl_scope *scope);

/* trl_scope_restore(), then leaves it. One that this thread is not in is left alone. */
void trl_scope_leave(struct trl_scope *scope);

/* This thread's scope; NULL outside any. */
struct trl_scope *trl_scope_current(void);

/* This thread's context; NULL outside any and in an empty scope. */
const struct trl_context *trl_context_current(void);

#endif
