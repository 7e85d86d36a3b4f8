/* Log: the state of a thread. */
#include "log/local.h"

#include "core/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_key;

static TRL_THREAD_LOCAL struct trl_log_local *own;

static void release(void *local)
{
    own = NULL;
    free(((struct trl_log_local *)local)->spare_keep);
    free(local);
}

static void make_key(void)
{
    have_key = pthread_key_create(&at_thread_end, release) == 0;
}

static struct trl_log_local *allocate(void)
{
    int saved = errno;

    pthread_once(&once, make_key);
    if (have_key) {
        own = calloc(1, sizeof(*own));
        if (own != NULL && pthread_setspecific(at_thread_end, own) != 0) {
            release(own);
        }
    }
    errno = saved;
    return own;
}

struct trl_log_local *trl_log_local(void)
{
    return __builtin_expect(own != NULL, 1) ? own : allocate();
}
