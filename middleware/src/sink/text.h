/* Text that grows. */
#ifndef TRL_SINK_TEXT_H
#define TRL_SINK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct trl_grown_text {
    char *bytes;
    size_t size;
    size_t capacity;
    bool failed; /* there was no memory; what was put since is missing */
};

void trl_grown_put(struct trl_grown_text *text, const char *bytes, size_t size);
#define TRL_GROWN_LITERAL(text, literal) trl_grown_put((text), (literal), sizeof(literal) - 1)

/* Empties it and keeps its memory. */
void trl_grown_clear(struct trl_grown_text *text);
void trl_grown_fini(struct trl_grown_text *text);

#endif
