/* Log: kept detail. Lines stand one behind the other in a block that a thread uses again and again,
 * so that keeping them costs no more than formatting them. */
#include "core/likely.h"
#include "log/keep_inside.h"
#include "log/local.h"
#include "log/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static unsigned forks; /* that this process is away from the first one */

/* The requests in flight stay the parent's; a thread that is no more may hold a lock here. */
static void forked(void)
{
    forks++;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forked);
}

/* An own one with its lines behind it. */
static struct trl_keep *make_own(void)
{
    int saved = errno;
    struct trl_keep *keep = malloc(sizeof(*keep) + TRL_KEEP_ROOM);

    errno = saved;
    if (keep != NULL) {
        keep->lines = (char *)(keep + 1);
        keep->shared = NULL;
    }
    return keep;
}

static void begin_empty(struct trl_keep *keep)
{
    keep->others = NULL;
    keep->forgotten = 0;
    keep->moves = 0;
    keep->gap.count = 0;
    trl_keep_set_size(keep, 0);
}

struct trl_keep *trl_keep_take(void)
{
    struct trl_log_local *local = trl_log_local();
    struct trl_keep *keep = TRL_LIKELY(local != NULL) ? local->spare_keep : NULL;

    if (TRL_LIKELY(keep != NULL)) {
        local->spare_keep = NULL;
    } else {
        keep = make_own();
    }
    if (TRL_LIKELY(keep != NULL)) {
        begin_empty(keep);
    }
    return keep;
}

struct trl_keep *trl_keep_of(struct trl_log_scope *scope)
{
    if (scope->keep == NULL && scope->keeps) {
        __atomic_store_n(&scope->keep, trl_keep_take(), __ATOMIC_RELEASE);
    }
    return scope->keep;
}

void trl_keep_close(struct trl_keep *others)
{
    if (others->shared->forks == forks) {
        pthread_mutex_lock(&others->shared->lock);
        __atomic_store_n(&others->shared->closed, true, __ATOMIC_RELAXED);
        pthread_mutex_unlock(&others->shared->lock);
    }
}

/* The lines go with the request, the rest with the last context. */
static void end_others(struct trl_keep *others)
{
    trl_keep_close(others);
    free(others->lines);
    others->lines = NULL;
    trl_keep_unshare(others);
}

void trl_keep_give_back(struct trl_keep *keep)
{
    if (TRL_LIKELY(keep == NULL)) {
        return;
    }
    struct trl_log_local *local = trl_log_local();
    struct trl_keep *others = keep->others;
    if (TRL_UNLIKELY(others != NULL)) {
        __atomic_store_n(&keep->others, NULL, __ATOMIC_RELEASE); /* a crash handler may look */
        end_others(others);
    }
    if (TRL_LIKELY(local != NULL && local->spare_keep == NULL)) {
        local->spare_keep = keep;
    } else {
        free(keep);
    }
}

static void count_lost(struct trl_keep_gap *gap, const char *line, size_t size)
{
    static const char letters[TRAIL_LEVEL_OFF + 1] = " diwef";
    const char *letter = size > TRL_KEEP_LEVEL_AT ? strchr(letters, line[TRL_KEEP_LEVEL_AT]) : NULL;

    if (gap->count == 0) {
        memset(gap, 0, sizeof(*gap));
        memcpy(gap->since, line + TRL_KEEP_TIME_AT,
               size > TRL_KEEP_LEVEL_AT ? TRL_TIMESTAMP_SIZE : 0);
    }
    gap->count++;
    gap->lost[letter != NULL ? letter - letters : TRAIL_LEVEL_DEBUG]++;
}

/* While lines move there are no whole ones to be read. */
static void begin_move(struct trl_keep *keep, size_t used)
{
    __atomic_store_n(&keep->moving, keep->forgotten + used, __ATOMIC_RELAXED);
    __atomic_store_n(&keep->moves, keep->moves + 1, __ATOMIC_RELEASE);
    trl_keep_set_size(keep, 0);
}

static void end_move(struct trl_keep *keep)
{
    __atomic_store_n(&keep->moves, keep->moves + 1, __ATOMIC_RELEASE);
}

/* Forgets the older half, up to the end of a line. */
static void make_room(struct trl_keep *keep)
{
    size_t used = trl_keep_size(keep);
    size_t from = 0;

    while (from < used / 2) {
        const char *line = keep->lines + from + trl_keep_mark_size(keep);
        const char *end = (const char *)memchr(line, '\n', (size_t)(keep->lines + used - line)) + 1;
        count_lost(&keep->gap, line, (size_t)(end - line));
        from = (size_t)(end - keep->lines);
    }
    begin_move(keep, used);
    memmove(keep->lines, keep->lines + from, used - from);
    __atomic_store_n(&keep->forgotten, keep->forgotten + from, __ATOMIC_RELAXED);
    trl_keep_set_size(keep, used - from);
    end_move(keep);
}

static bool enter_shared(struct trl_keep_shared *shared)
{
    if (shared->forks != forks || __atomic_load_n(&shared->closed, __ATOMIC_RELAXED)) {
        return false;
    }
    pthread_mutex_lock(&shared->lock);
    if (shared->closed) {
        pthread_mutex_unlock(&shared->lock);
        return false;
    }
    return true;
}

/* Bytes of lines that the request's own thread has kept so far, also while it makes room. */
static trl_keep_mark mark_of(const struct trl_keep *own)
{
    for (;;) {
        unsigned moves = __atomic_load_n(&own->moves, __ATOMIC_ACQUIRE);
        trl_keep_mark mark = moves % 2 == 1 ? __atomic_load_n(&own->moving, __ATOMIC_ACQUIRE)
                                            : __atomic_load_n(&own->forgotten, __ATOMIC_ACQUIRE) +
                                                  trl_keep_size(own);
        if (__atomic_load_n(&own->moves, __ATOMIC_RELAXED) == moves) {
            return mark;
        }
    }
}

char *trl_keep_begin(struct trl_keep *keep)
{
    if (keep->shared != NULL && !enter_shared(keep->shared)) {
        return NULL;
    }
    if (trl_keep_size(keep) > TRL_KEEP_BYTES) {
        make_room(keep);
    }
    return keep->lines + trl_keep_size(keep) + trl_keep_mark_size(keep);
}

void trl_keep_end(struct trl_keep *keep, size_t size)
{
    size_t used = trl_keep_size(keep);

    if (keep->shared == NULL) {
        trl_keep_set_size(keep, used + size);
        return;
    }
    trl_keep_mark mark = mark_of(keep->shared->own);
    memcpy(keep->lines + used, &mark, sizeof(mark));
    trl_keep_set_size(keep, used + sizeof(mark) + size);
    pthread_mutex_unlock(&keep->shared->lock);
}

static struct trl_keep *make_shared(const struct trl_keep *own)
{
    struct trl_keep *keep = malloc(sizeof(*keep));
    struct trl_keep_shared *shared = calloc(1, sizeof(*shared));
    char *lines = malloc(TRL_KEEP_ROOM);

    pthread_once(&fork_once, watch_forks);
    if (keep == NULL || shared == NULL || lines == NULL) {
        free(keep);
        free(shared);
        free(lines);
        return NULL;
    }
    pthread_mutex_init(&shared->lock, NULL);
    shared->own = own;
    shared->references = 1;
    shared->forks = forks;
    keep->lines = lines;
    keep->shared = shared;
    begin_empty(keep);
    return keep;
}

struct trl_keep *trl_keep_share(struct trl_keep *keep)
{
    if (keep == NULL) {
        return NULL;
    }
    struct trl_keep *others = keep->shared != NULL ? keep : keep->others;
    if (others == NULL) {
        others = make_shared(keep);
        __atomic_store_n(&keep->others, others, __ATOMIC_RELEASE);
    }
    if (others != NULL) {
        __atomic_add_fetch(&others->shared->references, 1, __ATOMIC_RELAXED);
    }
    return others;
}

void trl_keep_unshare(struct trl_keep *keep)
{
    if (keep != NULL && __atomic_sub_fetch(&keep->shared->references, 1, __ATOMIC_ACQ_REL) == 0) {
        pthread_mutex_destroy(&keep->shared->lock);
        free(keep->shared);
        free(keep);
    }
}

void trl_keep_ask(struct trl_keep *keep)
{
    if (keep != NULL && keep->shared != NULL) {
        __atomic_store_n(&keep->shared->asked, true, __ATOMIC_RELEASE);
    }
}

bool trl_keep_is_asked(const struct trl_keep *keep)
{
    return keep != NULL && keep->others != NULL &&
           __atomic_load_n(&keep->others->shared->asked, __ATOMIC_ACQUIRE);
}
