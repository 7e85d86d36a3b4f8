/* Sink: text that grows, for what is made on a relay's thread. */
#include "sink/text.h"

#include <stdlib.h>
#include <string.h>

void trl_grown_put(struct trl_grown_text *text, const char *bytes, size_t size)
{
    if (text->failed || size == 0) {
        return;
    }
    if (size > text->capacity - text->size) {
        size_t capacity = 2 * text->capacity + size + 4096;
        char *grown = realloc(text->bytes, capacity);
        if (grown == NULL) {
            text->failed = true;
            return;
        }
        text->bytes = grown;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void trl_grown_clear(struct trl_grown_text *text)
{
    text->size = 0;
    text->failed = false;
}

void trl_grown_fini(struct trl_grown_text *text)
{
    free(text->bytes);
    *text = (struct trl_grown_text){.size = 0};
}
