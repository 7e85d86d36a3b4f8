/* Sink: the face for the log room. In sync delivery a line is formatted into its thread's buffer
 * and written at once, by one write for each output. In async delivery it is formatted straight
 * into the thread's chunk of the spool; where that has no room for the longest line, into the
 * buffer. */
#include "sink/output.h"

#include "core/counters.h"
#include "sink/spool.h"
#include "sink/state.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* The memory of one thread: allocated at its first line, freed at its end. */
struct buffers {
    char line[TRAIL_LINE_MAX];
    char formed[]; /* TRL_TRANSFORM_MAX bytes, where an output has a transform */
};

static __thread struct buffers *own __attribute__((tls_model("initial-exec")));
/* Whether the room that was given is the spool's. */
static __thread bool in_spool __attribute__((tls_model("initial-exec")));
static pthread_key_t key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static bool have_key; /* else a thread's memory could not be freed at its end, and none is had */

static void release(void *buffers)
{
    free(buffers);
    own = NULL;
}

static void make_key(void)
{
    have_key = pthread_key_create(&key, release) == 0;
}

static struct buffers *buffers_get(void)
{
    if (own != NULL) {
        return own;
    }
    int saved = errno;
    pthread_once(&key_once, make_key);
    own = have_key ? malloc(sizeof(*own) + TRL_TRANSFORM_MAX) : NULL;
    if (own != NULL && pthread_setspecific(key, own) != 0) {
        free(own);
        own = NULL;
    }
    errno = saved;
    return own;
}

void trl_output_dropped(enum trail_drop_reason reason, enum trail_level level)
{
    if (atomic_load_explicit(&trl_outputs_.mode, memory_order_acquire) == TRL_MODE_NONE) {
        return;
    }
    trl_count(TRL_COUNT_ACCEPTED);
    atomic_fetch_add_explicit(&trl_outputs_.dropped[reason][level], 1, memory_order_relaxed);
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        trl_sink_lost(trl_outputs_.sinks[i], reason, level, 1);
    }
}

/* Apart, as the other ways are that a line in the spool does not go: it saves no registers. */
static __attribute__((noinline)) char *begin_in_buffer(enum trail_level level)
{
    if (atomic_load_explicit(&trl_outputs_.mode, memory_order_acquire) == TRL_MODE_NONE) {
        return NULL;
    }
    struct buffers *buffers = buffers_get();
    if (buffers == NULL) {
        trl_output_dropped(TRAIL_DROP_SINK_ERROR, level);
        return NULL;
    }
    return buffers->line;
}

/* In this thread's chunk, if that has room for least bytes. */
static inline char *begin(enum trail_level level, size_t least, size_t *ret_room)
{
    *ret_room = TRAIL_LINE_MAX;
    if (atomic_load_explicit(&trl_outputs_.mode, memory_order_acquire) != TRL_MODE_ASYNC) {
        return begin_in_buffer(level);
    }
    char *room = trl_spool_begin(level, least, ret_room);
    in_spool = room != NULL;
    return in_spool ? room : begin_in_buffer(level);
}

char *trl_output_begin(enum trail_level level)
{
    size_t room;

    return begin(level, TRAIL_LINE_MAX, &room);
}

char *trl_output_begin_near(enum trail_level level, size_t least, size_t *ret_room)
{
    return begin(level, least, ret_room);
}

static void write_now(enum trail_level level, struct buffers *buffers, size_t size)
{
    bool taken = false;

    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        size_t formed_size = size;
        if (level < sink->level) {
            continue;
        }
        const char *formed = trl_sink_transform(sink, buffers->line, &formed_size, buffers->formed);
        taken |= sink->ops->write(sink, level, formed, formed_size);
    }
    trl_count(TRL_COUNT_ACCEPTED);
    if (taken) {
        trl_count(TRL_COUNT_WRITTEN);
    }
}

static __attribute__((noinline)) void end_in_buffer(enum trail_level level, size_t size)
{
    int saved = errno;

    if (atomic_load_explicit(&trl_outputs_.mode, memory_order_relaxed) == TRL_MODE_ASYNC) {
        (void)trl_spool_append(level, own->line, size);
    } else {
        write_now(level, own, size);
    }
    errno = saved;
}

void trl_output_end(enum trail_level level, size_t size)
{
    if (!in_spool) {
        end_in_buffer(level, size);
        return;
    }
    in_spool = false;
    trl_spool_end(level, size);
}

void trl_output_prefetch(void)
{
    if (atomic_load_explicit(&trl_outputs_.mode, memory_order_acquire) == TRL_MODE_ASYNC) {
        trl_spool_prefetch();
    }
}

void trl_output_abandon(void)
{
    in_spool = false;
}
