/* Text put together in caller's memory, of which as much is kept as fits, as snprintf() does. */
#ifndef TRL_LOG_BUFFER_H
#define TRL_LOG_BUFFER_H

#include <stddef.h>
#include <string.h>

struct trl_buffer {
    char *text;
    size_t capacity;
    size_t size; /* of the whole text; more than capacity: it was cut */
};

static inline void trl_buffer_put(struct trl_buffer *buffer, const char *text, size_t size)
{
    if (buffer->size < buffer->capacity) {
        size_t room = buffer->capacity - buffer->size;
        memcpy(buffer->text + buffer->size, text, size < room ? size : room);
    }
    buffer->size += size;
}

#endif
