/* Core: the registry of requests in flight: a list that only grows, of entries that are used again,
 * each guarded by a sequence number that is odd while the entry is being changed. */
#include "core/inflight.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What follows the texts; it begins with started_ns. */
#define FACTS_TAIL offsetof(struct trl_inflight_facts, started_ns)

_Static_assert(sizeof(struct trl_inflight_facts) % 8 == 0, "the facts are whole words");

enum { FACT_WORDS = (sizeof(struct trl_inflight_facts) + 7) / 8 };

union fact_words {
    struct trl_inflight_facts facts;
    uint64_t words[FACT_WORDS];
};

struct trl_inflight {
    struct trl_inflight *next; /* constant once the entry is on the list */
    uint32_t taken;            /* 1: an entry of some request, or spare on some thread */
    uint32_t sequence;
    uint64_t stall_claimed; /* started_ns of the request that was claimed last */
    union fact_words facts; /* started_ns is 0 while the entry is empty */
};

static struct trl_inflight *head;

/* The entry that this thread used last, still taken: it serves the thread's next request. */
static __thread struct trl_inflight *spare;
static pthread_key_t spare_key;
static pthread_once_t spare_once = PTHREAD_ONCE_INIT;
static bool spare_usable;

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

/* The words that hold bytes [from, from + size) of the facts, each store after the one before: a
 * reader that sees any new word sees the odd sequence number as well. */
static void store(struct trl_inflight *entry, const struct trl_inflight_facts *facts, size_t from,
                  size_t size)
{
    const char *bytes = (const char *)facts;

    for (size_t i = from / 8; i < (from + size + 7) / 8; i++) {
        uint64_t word;
        memcpy(&word, bytes + i * 8, 8);
        __atomic_store_n(&entry->facts.words[i], word, __ATOMIC_RELEASE);
    }
}

/* A text is stored only as far as it is used. */
#define STORE_TEXT(entry, facts, member)                                                           \
    store((entry), (facts), offsetof(struct trl_inflight_facts, member),                           \
          strlen((facts)->member) + 1)

static void clear(struct trl_inflight *entry)
{
    uint32_t sequence = begin_change(entry);

    __atomic_store_n(&entry->facts.words[FACTS_TAIL / 8], 0, __ATOMIC_RELEASE);
    end_change(entry, sequence);
}

static void release(void *entry)
{
    struct trl_inflight *released = entry;

    __atomic_store_n(&released->taken, 0, __ATOMIC_RELEASE);
}

/* The parent goes on serving what is in flight, not its child. */
static void forked(void)
{
    for (struct trl_inflight *entry = head; entry != NULL; entry = entry->next) {
        entry->sequence &= ~UINT32_C(1); /* a thread that is no more may have been writing */
        clear(entry);
    }
}

static void make_spare_key(void)
{
    pthread_atfork(NULL, NULL, forked);
    spare_usable = pthread_key_create(&spare_key, release) == 0;
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

struct trl_inflight *trl_inflight_enter(const struct trl_inflight_facts *facts)
{
    struct trl_inflight *entry = spare;

    pthread_once(&spare_once, make_spare_key);
    spare = NULL;
    if (entry == NULL) {
        entry = take_free();
    }
    if (entry == NULL) {
        entry = take_new();
    }
    if (entry != NULL) {
        uint32_t sequence = begin_change(entry);
        STORE_TEXT(entry, facts, request_id);
        STORE_TEXT(entry, facts, trace_id);
        STORE_TEXT(entry, facts, span_id);
        STORE_TEXT(entry, facts, method);
        STORE_TEXT(entry, facts, path);
        STORE_TEXT(entry, facts, route);
        store(entry, facts, FACTS_TAIL, sizeof(*facts) - FACTS_TAIL);
        end_change(entry, sequence);
    }
    return entry;
}

void trl_inflight_set_route(struct trl_inflight *entry, const char *route)
{
    if (entry != NULL) {
        size_t size = strnlen(route, TRL_INFLIGHT_PATH_MAX);
        size_t from = offsetof(struct trl_inflight_facts, route);
        struct trl_inflight_facts facts;
        uint32_t sequence = begin_change(entry);
        /* The words at both ends are shared with other members. */
        memcpy((char *)&facts + from / 8 * 8, (char *)&entry->facts + from / 8 * 8, size + 1 + 16);
        memcpy(facts.route, route, size);
        facts.route[size] = '\0';
        store(entry, &facts, from, size + 1);
        end_change(entry, sequence);
    }
}

void trl_inflight_set_stream(struct trl_inflight *entry)
{
    if (entry != NULL) {
        struct trl_inflight_facts facts = entry->facts.facts;
        uint32_t sequence = begin_change(entry);
        facts.stream = true;
        store(entry, &facts, FACTS_TAIL, sizeof(facts) - FACTS_TAIL);
        end_change(entry, sequence);
    }
}

void trl_inflight_leave(struct trl_inflight *entry)
{
    if (entry == NULL) {
        return;
    }
    clear(entry);
    if (spare == NULL && spare_usable && pthread_setspecific(spare_key, entry) == 0) {
        spare = entry;
    } else {
        release(entry);
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
