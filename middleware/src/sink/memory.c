/* Sink: lines kept in memory, for an application's own tests. */
#include <trail/memory.h>

#include "sink/sink.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct trail_memory {
    pthread_mutex_t mutex;
    char **lines;
    size_t count;
    size_t room;
};

struct memory_sink {
    struct trl_sink base;
    struct trail_memory *memory;
};

enum trail_status trail_memory_new(struct trail_memory **ret_memory)
{
    if (ret_memory == NULL) {
        return TRAIL_ERR_INVALID;
    }
    struct trail_memory *memory = calloc(1, sizeof(*memory));
    if (memory == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    pthread_mutex_init(&memory->mutex, NULL);
    *ret_memory = memory;
    return TRAIL_OK;
}

void trail_memory_clear(struct trail_memory *memory)
{
    if (memory == NULL) {
        return;
    }
    pthread_mutex_lock(&memory->mutex);
    for (size_t i = 0; i < memory->count; i++) {
        free(memory->lines[i]);
    }
    memory->count = 0;
    pthread_mutex_unlock(&memory->mutex);
}

void trail_memory_free(struct trail_memory *memory)
{
    if (memory == NULL) {
        return;
    }
    trail_memory_clear(memory);
    free(memory->lines);
    pthread_mutex_destroy(&memory->mutex);
    free(memory);
}

/* The mutex of a memory that the caller only reads. */
static pthread_mutex_t *mutex_of(const struct trail_memory *memory)
{
    return &((struct trail_memory *)(uintptr_t)memory)->mutex;
}

size_t trail_memory_size(const struct trail_memory *memory)
{
    return trail_memory_count(memory, NULL);
}

const char *trail_memory_line(const struct trail_memory *memory, size_t index)
{
    if (memory == NULL) {
        return NULL;
    }
    pthread_mutex_lock(mutex_of(memory));
    const char *line = index < memory->count ? memory->lines[index] : NULL;
    pthread_mutex_unlock(mutex_of(memory));
    return line;
}

/* The first `"event":"` of a line is the event's own: no member before it can hold those bytes, as
 * a quote inside a value is escaped. */
static bool bears(const char *line, const char *event)
{
    static const char key[] = "\"event\":\"";
    const char *found = strstr(line, key);
    size_t size = strlen(event);

    return found != NULL && strncmp(found + sizeof(key) - 1, event, size) == 0 &&
           found[sizeof(key) - 1 + size] == '"';
}

size_t trail_memory_count(const struct trail_memory *memory, const char *event)
{
    size_t count = 0;

    if (memory == NULL) {
        return 0;
    }
    pthread_mutex_lock(mutex_of(memory));
    for (size_t i = 0; i < memory->count; i++) {
        count += event == NULL || bears(memory->lines[i], event);
    }
    pthread_mutex_unlock(mutex_of(memory));
    return count;
}

/* Called with the mutex held. */
static bool add(struct trail_memory *memory, char *line)
{
    if (memory->count == memory->room) {
        size_t room = memory->room == 0 ? 64 : memory->room * 2;
        char **lines = realloc(memory->lines, room * sizeof(*lines));
        if (lines == NULL) {
            return false;
        }
        memory->lines = lines;
        memory->room = room;
    }
    memory->lines[memory->count++] = line;
    return true;
}

static bool memory_write(struct trl_sink *sink, enum trail_level level, const char *line,
                         size_t size)
{
    struct trail_memory *memory = ((struct memory_sink *)sink)->memory;
    char *copy = malloc(size);

    if (copy == NULL) {
        trl_sink_dropped(sink, TRAIL_DROP_SINK_ERROR, level, 1);
        return false;
    }
    memcpy(copy, line, size);
    copy[size - 1] = '\0'; /* in place of the newline */
    pthread_mutex_lock(&memory->mutex);
    bool added = add(memory, copy);
    pthread_mutex_unlock(&memory->mutex);
    if (!added) {
        free(copy);
        trl_sink_dropped(sink, TRAIL_DROP_SINK_ERROR, level, 1);
    }
    return added;
}

static void memory_forked(struct trl_sink *sink)
{
    pthread_mutex_init(&((struct memory_sink *)sink)->memory->mutex, NULL);
}

static void memory_close(struct trl_sink *sink)
{
    free(sink);
}

static const struct trl_sink_ops memory_ops = {
    .write = memory_write,
    .forked = memory_forked,
    .close = memory_close,
};

enum trail_status trl_sink_new_memory(struct trail_memory *memory, struct trl_sink **ret_sink)
{
    struct memory_sink *sink = malloc(sizeof(*sink));

    if (sink == NULL) {
        return TRAIL_ERR_NOMEM;
    }
    trl_sink_init(&sink->base, &memory_ops, "memory");
    sink->memory = memory;
    *ret_sink = &sink->base;
    return TRAIL_OK;
}
