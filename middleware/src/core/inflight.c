/* Core: the registry of requests in flight: a list that only grows, of entries that are used again,
 * each guarded by a sequence number that is odd while the entry is being changed. */
#include "core/inflight.h"

#include "core/likely.h"
#include "core/thread.h"
#include "core/utf8.h"
#include "core/word.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

_Static_assert(sizeof(struct trl_inflight_facts) % 8 == 0, "the facts are whole words");

enum { FACT_WORDS = sizeof(struct trl_inflight_facts) / 8 };

/* Where a member begins. */
#define WORD_OF(member) (offsetof(struct trl_inflight_facts, member) / 8)

union fact_words {
    struct trl_inflight_facts facts;
    uint64_t words[FACT_WORDS];
};

struct trl_inflight {
    struct trl_inflight *next; /* constant once the entry is on the list */
    uint32_t taken;            /* 1: an entry of some request, or some thread's own */
    uint32_t sequence;
    uint64_t stall_claimed; /* started_ns of the request that was claimed last */
    uint64_t stream;        /* and of the last one that is a stream, which any thread may find */
    union fact_words facts; /* started_ns is 0 while the entry is empty */
};

static struct trl_inflight *head;

/* This thread's for its whole life; requests within its request take others. */
static TRL_THREAD_LOCAL struct trl_inflight *own;
static pthread_key_t own_key;
static pthread_once_t own_once = PTHREAD_ONCE_INIT;
static bool own_usable;

static uint32_t begin_change(struct trl_inflight *entry)
{
    uint32_t sequence = __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED);

    __atomic_store_n(&entry->sequence, sequence + 1, __ATOMIC_RELAXED);
    return sequence + 2;
}

static void end_change(struct trl_inflight *entry, uint32_t sequence)
{
    __atomic_store_n(&entry->sequence, sequence, __ATOMIC_RELEASE);
}

/* Each store is after the one before: a reader that sees any new word sees the odd sequence number
 * as well. */
static inline void store(struct trl_inflight *entry, size_t at, uint64_t word)
{
    __atomic_store_n(&entry->facts.words[at], word, __ATOMIC_RELEASE);
}

/* Whole words, as many as the text needs; max is its member's bound. */
static inline void store_text(struct trl_inflight *entry, size_t at, const char *text, size_t size,
                              size_t max)
{
    if (TRL_UNLIKELY(size > max)) {
        size = trl_utf8_cut(text, size, max);
    }
    for (; size >= 8; size -= 8, text += 8) {
        store(entry, at++, trl_load_8(text));
    }
    store(entry, at, trl_load_short(text, size)); /* less than 8: the terminator is in it */
}
#define STORE_TEXT(entry, member, value, value_size)                                               \
    store_text((entry), WORD_OF(member), (value), (value_size),                                    \
               sizeof(((struct trl_inflight_facts *)0)->member) - 1)

/* What stands before the texts. */
static inline void store_first(struct trl_inflight *entry, const struct trl_inflight_facts *facts)
{
    for (size_t at = 0; at < WORD_OF(request_id); at++) {
        store(entry, at, trl_load_8((const char *)facts + at * 8));
    }
}

static bool is_empty(const struct trl_inflight *entry)
{
    return entry->facts.words[WORD_OF(started_ns)] == 0;
}

static void clear(struct trl_inflight *entry)
{
    uint32_t sequence = begin_change(entry);

    store(entry, WORD_OF(started_ns), 0);
    end_change(entry, sequence);
}

static void release(struct trl_inflight *entry)
{
    __atomic_store_n(&entry->taken, 0, __ATOMIC_RELEASE);
}

static void release_own(void *entry)
{
    own = NULL;
    release(entry);
}

/* The parent goes on serving what is in flight, not its child. */
static void forked(void)
{
    for (struct trl_inflight *entry = head; entry != NULL; entry = entry->next) {
        entry->sequence &= ~UINT32_C(1); /* a thread that is no more may have been writing */
        clear(entry);
    }
}

static void make_own_key(void)
{
    pthread_atfork(NULL, NULL, forked);
    own_usable = pthread_key_create(&own_key, release_own) == 0;
}

static struct trl_inflight *take_free(void)
{
    struct trl_inflight *entry = __atomic_load_n(&head, __ATOMIC_ACQUIRE);

    for (; entry != NULL; entry = entry->next) {
        uint32_t expected = 0;
        if (__atomic_load_n(&entry->taken, __ATOMIC_RELAXED) == 0 &&
            __atomic_compare_exchange_n(&entry->taken, &expected, 1, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return entry;
        }
    }
    return NULL;
}

static struct trl_inflight *take_new(void)
{
    struct trl_inflight *entry = calloc(1, sizeof(*entry));

    if (entry == NULL) {
        return NULL;
    }
    entry->taken = 1;
    entry->next = __atomic_load_n(&head, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&head, &entry->next, entry, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {}
    return entry;
}

/* Of this thread's first request, and of one within another. */
static __attribute__((noinline)) struct trl_inflight *take(void)
{
    struct trl_inflight *entry = take_free();

    if (entry == NULL) {
        entry = take_new();
    }
    if (entry != NULL && own == NULL) {
        pthread_once(&own_once, make_own_key);
        if (own_usable && pthread_setspecific(own_key, entry) == 0) {
            own = entry;
        }
    }
    return entry;
}

struct trl_inflight *trl_inflight_enter(const struct trl_inflight_request *request)
{
    struct trl_inflight *entry = own;

    if (TRL_UNLIKELY(entry == NULL || !is_empty(entry))) {
        entry = take();
    }
    if (TRL_LIKELY(entry != NULL)) {
        struct trl_inflight_facts facts;
        uint32_t sequence = begin_change(entry);
        facts.started_ns = request->started_ns;
        facts.scope = request->scope;
        facts.stream = false;
        store_first(entry, &facts);
        STORE_TEXT(entry, request_id, request->request_id.text, request->request_id.size);
        STORE_TEXT(entry, trace_id, request->trace_id.text, request->trace_id.size);
        STORE_TEXT(entry, span_id, request->span_id.text, request->span_id.size);
        STORE_TEXT(entry, method, request->method.text, request->method.size);
        STORE_TEXT(entry, path, request->path.text, request->path.size);
        store(entry, WORD_OF(route), 0);
        end_change(entry, sequence);
    }
    return entry;
}

void trl_inflight_set_route(struct trl_inflight *entry, const char *route, size_t size)
{
    if (TRL_LIKELY(entry != NULL)) {
        uint32_t sequence = begin_change(entry);
        STORE_TEXT(entry, route, route, size);
        end_change(entry, sequence);
    }
}

void trl_inflight_set_stream(struct trl_inflight *entry)
{
    if (entry != NULL) {
        uint64_t started_ns =
            __atomic_load_n(&entry->facts.words[WORD_OF(started_ns)], __ATOMIC_RELAXED);
        __atomic_store_n(&entry->stream, started_ns, __ATOMIC_RELAXED);
    }
}

void trl_inflight_leave(struct trl_inflight *entry)
{
    if (TRL_LIKELY(entry != NULL)) {
        clear(entry);
        if (TRL_UNLIKELY(entry != own)) {
            release(entry);
        }
    }
}

struct trl_inflight *trl_inflight_next(struct trl_inflight *entry)
{
    return entry != NULL ? entry->next : __atomic_load_n(&head, __ATOMIC_ACQUIRE);
}

bool trl_inflight_read(const struct trl_inflight *entry, struct trl_inflight_facts *ret_facts)
{
    enum { ATTEMPTS = 100 }; /* a signal handler may have stopped the writer: never wait for it */

    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        uint32_t before = __atomic_load_n(&entry->sequence, __ATOMIC_ACQUIRE);
        union fact_words copy;

        for (size_t i = 0; i < FACT_WORDS; i++) {
            copy.words[i] = __atomic_load_n(&entry->facts.words[i], __ATOMIC_ACQUIRE);
        }
        if (before % 2 == 0 && __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED) == before) {
            *ret_facts = copy.facts;
            ret_facts->stream =
                __atomic_load_n(&entry->stream, __ATOMIC_RELAXED) == copy.facts.started_ns;
            return copy.facts.started_ns != 0;
        }
    }
    return false;
}

bool trl_inflight_claim_stall(struct trl_inflight *entry, uint64_t started_ns)
{
    uint64_t claimed = __atomic_load_n(&entry->stall_claimed, __ATOMIC_RELAXED);

    return claimed != started_ns &&
           __atomic_compare_exchange_n(&entry->stall_claimed, &claimed, started_ns, false,
                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}
