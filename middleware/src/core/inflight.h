/* The requests in flight, for whoever looks at them from outside: the watch for stalled requests,
 * the admin handler, the crash handler. Entering and leaving take no lock, and no heap memory once
 * a thread has had its first request. */
#ifndef TRL_CORE_INFLIGHT_H
#define TRL_CORE_INFLIGHT_H

#include <trail/context.h>

#define TRL_INFLIGHT_METHOD_MAX 15
#define TRL_INFLIGHT_PATH_MAX   255

struct trl_log_scope;

/* What is known of a request; texts are terminated and cut at their bounds. Each takes whole words
 * of 8 bytes, terminator included. What most requests fill in stands together. */
struct trl_inflight_facts {
    uint64_t started_ns;               /* monotonic */
    const struct trl_log_scope *scope; /* borrowed until it is left */
    bool stream;                       /* a WebSocket or event stream: never stalled */
    _Alignas(8) char request_id[TRAIL_REQUEST_ID_MAX + 8];
    char trace_id[TRAIL_TRACE_ID_SIZE + 8];
    char span_id[TRAIL_SPAN_ID_SIZE + 8];
    char method[TRL_INFLIGHT_METHOD_MAX + 1];
    char path[TRL_INFLIGHT_PATH_MAX + 1];
    char route[TRL_INFLIGHT_PATH_MAX + 1]; /* "": not known */
};

/* Need not be terminated. */
struct trl_inflight_text {
    const char *text;
    size_t size;
};

/* What is known of a request when it begins. Texts are borrowed for the call. */
struct trl_inflight_request {
    struct trl_inflight_text request_id;
    struct trl_inflight_text trace_id;
    struct trl_inflight_text span_id;
    struct trl_inflight_text method;
    struct trl_inflight_text path;
    uint64_t started_ns;               /* not 0 */
    const struct trl_log_scope *scope; /* IDs, bound fields, and what is kept */
};

struct trl_inflight;

/* Registers a request. Returns NULL where there is no memory: the request is then not seen by the
 * functions below, and the others take that NULL. Any thread. */
struct trl_inflight *trl_inflight_enter(const struct trl_inflight_request *request);

/* Changes of what became known later. The request's thread; that it is a stream, any thread. */
void trl_inflight_set_route(struct trl_inflight *entry, const char *route, size_t size);
void trl_inflight_set_stream(struct trl_inflight *entry);

/* Ends an entry. The thread that entered it. */
void trl_inflight_leave(struct trl_inflight *entry);

/* Walks all entries, empty ones too: NULL begins, NULL is the end. Entries are never released.
 * Any thread, and in a signal handler. */
struct trl_inflight *trl_inflight_next(struct trl_inflight *entry);

/* Copies what an entry holds, undivided. False if it is empty, or changes all the time. The
 * pointers in the copy may be stale by now: only a process that stands still may follow them. Any
 * thread, and in a signal handler. */
bool trl_inflight_read(const struct trl_inflight *entry, struct trl_inflight_facts *ret_facts);

/* True for one caller alone per request: for what is told of a request once, as that it stalls. */
bool trl_inflight_claim_stall(struct trl_inflight *entry, uint64_t started_ns);

#endif
