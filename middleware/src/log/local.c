/* Log: the state of a thread. */
#include "log/local.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_key;

TRL_THREAD_LOCAL struct trl_log_local *trl_log_local_;

/* Processors' cache lines. */
#define ALIGNMENT 64u

static void release(void *arg)
{
    struct trl_log_local *local = arg;

    trl_log_local_ = NULL;
    free(local->spare_keep);
    free(local->allocated);
}

static void make_key(void)
{
    have_key = pthread_key_create(&at_thread_end, release) == 0;
}

static struct trl_log_local *allocate(void)
{
    char *allocated = calloc(1, sizeof(struct trl_log_local) + ALIGNMENT);

    if (allocated == NULL) {
        return NULL;
    }
    size_t past = (uintptr_t)allocated % ALIGNMENT;
    struct trl_log_local *local = (void *)(allocated + (past != 0 ? ALIGNMENT - past : 0));
    local->allocated = allocated;
    return local;
}

struct trl_log_local *trl_log_local_allocate_(void)
{
    int saved = errno;

    pthread_once(&once, make_key);
    if (have_key) {
        trl_log_local_ = allocate();
        if (trl_log_local_ != NULL && pthread_setspecific(at_thread_end, trl_log_local_) != 0) {
            release(trl_log_local_);
        }
    }
    errno = saved;
    return trl_log_local_;
}
