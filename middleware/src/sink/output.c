/* Sink: the face for the log room. In sync delivery a line is formatted into its thread's buffer
 * and written at once, by one write for each output. */
#include "sink/output.h"

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
static pthread_key_t key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void release(void *buffers)
{
    free(buffers);
    own = NULL;
}

static void make_key(void)
{
    if (pthread_key_create(&key, release) != 0) {
        abort(); /* more than a thousand keys in one process; nothing can be promised then */
    }
}

static struct buffers *buffers_get(void)
{
    if (own != NULL) {
        return own;
    }
    int saved = errno;
    pthread_once(&key_once, make_key);
    own = malloc(sizeof(*own) + TRL_TRANSFORM_MAX);
    if (own != NULL && pthread_setspecific(key, own) != 0) {
        free(own);
        own = NULL;
    }
    errno = saved;
    return own;
}

void trl_output_dropped(enum trail_drop_reason reason, enum trail_level level)
{
    if (atomic_load_explicit(&trl_outputs_.delivery, memory_order_acquire) == TRL_DELIVERY_NONE) {
        return;
    }
    for (size_t i = 0; i < trl_outputs_.count; i++) {
        trl_sink_dropped(trl_outputs_.sinks[i], reason, level, 1);
    }
    if (trl_outputs_.count == 0) {
        atomic_fetch_add_explicit(&trl_outputs_.dropped[reason][level], 1, memory_order_relaxed);
    }
}

char *trl_output_begin(enum trail_level level)
{
    if (atomic_load_explicit(&trl_outputs_.delivery, memory_order_acquire) == TRL_DELIVERY_NONE) {
        return NULL;
    }
    struct buffers *buffers = buffers_get();
    if (buffers == NULL) {
        trl_output_dropped(TRAIL_DROP_SINK_ERROR, level);
        return NULL;
    }
    return buffers->line;
}

void trl_outputs_write(enum trail_level level, const char *line, size_t size)
{
    bool taken = false;

    for (size_t i = 0; i < trl_outputs_.count; i++) {
        struct trl_sink *sink = trl_outputs_.sinks[i];
        size_t formed_size = size;
        if (level < sink->level) {
            continue;
        }
        const char *formed =
            trl_sink_transform(sink, line, &formed_size, own == NULL ? NULL : own->formed);
        taken |= sink->ops->write(sink, level, formed, formed_size);
    }
    atomic_fetch_add_explicit(&trl_outputs_.accepted, 1, memory_order_relaxed);
    if (taken) {
        atomic_fetch_add_explicit(&trl_outputs_.written, 1, memory_order_relaxed);
    }
}

void trl_output_end(enum trail_level level, size_t size)
{
    int saved = errno;

    trl_outputs_write(level, own->line, size);
    errno = saved;
}

void trl_output_abandon(void) {}
