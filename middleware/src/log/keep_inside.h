/* What a keep is made of, for the files that keep and those that read. */
#ifndef TRL_LOG_KEEP_INSIDE_H
#define TRL_LOG_KEEP_INSIDE_H

#include "log/keep.h"

#include <pthread.h>

/* What others share has, before each line, how far the request's own lines had come by then. */
typedef uint64_t trl_keep_mark;

/* One more line finds room before it is seen that there are too many. */
#define TRL_KEEP_ROOM (TRL_KEEP_BYTES + TRAIL_LINE_MAX + sizeof(trl_keep_mark))

/* What only one that several threads add to has. */
struct trl_keep_shared {
    pthread_mutex_t lock;
    const struct trl_keep *own; /* the request's; there until this is closed */
    unsigned references;        /* of the request, and of each captured context */
    unsigned forks; /* of the process that made it: a child's copy of the lock is of no use */
    bool closed;    /* the request has ended; the lines are gone. Changed under the lock */
    bool asked;
};

struct trl_keep {
    size_t size; /* of whole lines with their marks; a crash handler reads it at any moment */
    char *lines; /* TRL_KEEP_ROOM */
    struct trl_keep *others;        /* what other threads add; NULL: nothing was captured yet */
    struct trl_keep_shared *shared; /* NULL: one thread's own */
    uint64_t forgotten;             /* bytes of lines that had to make room */
    unsigned moves;                 /* odd while lines move to make room */
    trl_keep_mark moving;           /* bytes of lines that were kept by then */
    struct trl_keep_gap gap;        /* since need not be set while count is 0 */
};

static inline size_t trl_keep_size(const struct trl_keep *keep)
{
    return __atomic_load_n(&keep->size, __ATOMIC_ACQUIRE);
}

static inline void trl_keep_set_size(struct trl_keep *keep, size_t size)
{
    __atomic_store_n(&keep->size, size, __ATOMIC_RELEASE);
}

static inline size_t trl_keep_mark_size(const struct trl_keep *keep)
{
    return keep->shared != NULL ? sizeof(trl_keep_mark) : 0;
}

/* From now on nobody adds to it; what it has can be read without the lock. */
void trl_keep_close(struct trl_keep *others);

/* Every line begins alike: {"timestamp":"2026-01-31T23:59:59.999Z","level":"debug" */
#define TRL_KEEP_TIME_AT  (sizeof("{\"timestamp\":\"") - 1)
#define TRL_KEEP_LEVEL_AT (TRL_KEEP_TIME_AT + TRL_TIMESTAMP_SIZE + sizeof("\",\"level\":\"") - 1)

#endif
