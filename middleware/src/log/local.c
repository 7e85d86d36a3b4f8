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

static void release(void *local)
{
    trl_log_local_ = NULL;
    free(((struct trl_log_local *)local)->spare_keep);
    free(local);
}

static void make_key(void)
{
    have_key = pthread_key_create(&at_thread_end, release) == 0;
}

struct trl_log_local *trl_log_local_allocate_(void)
{
    int saved = errno;

    pthread_once(&once, make_key);
    if (have_key) {
        trl_log_local_ = calloc(1, sizeof(*trl_log_local_));
        if (trl_log_local_ != NULL && pthread_setspecific(at_thread_end, trl_log_local_) != 0) {
            release(trl_log_local_);
        }
    }
    errno = saved;
    return trl_log_local_;
}
