/* What the log room keeps for each thread: judged keys, and room to work in. */
#ifndef TRL_LOG_LOCAL_H
#define TRL_LOG_LOCAL_H

#include "core/likely.h"
#include "core/thread.h"
#include "log/key.h"

#include <trail/log.h>

struct trl_keep;

struct trl_log_local {
    struct trl_key_cache keys;   /* at the start of a cache line */
    struct trl_keep *spare_keep; /* for the thread's next request */
    void *allocated;
    char text[TRAIL_LINE_MAX];  /* a value before it is looked through: unescaped, or a query */
    char clean[TRAIL_LINE_MAX]; /* and after, if it had to be changed */
};

extern TRL_THREAD_LOCAL struct trl_log_local *trl_log_local_;

struct trl_log_local *trl_log_local_allocate_(void);

/* This thread's, allocated at its first call and freed at its end; NULL if there is no memory.
 * Keeps errno. */
static inline struct trl_log_local *trl_log_local(void)
{
    return TRL_LIKELY(trl_log_local_ != NULL) ? trl_log_local_ : trl_log_local_allocate_();
}

#endif
