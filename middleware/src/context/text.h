/* Borrowed pieces of header values. */
#ifndef TRL_CONTEXT_TEXT_H
#define TRL_CONTEXT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct trl_text {
    const char *text;
    size_t size;
};

/* The values of one header, in order. What is beyond the array's end is counted only: CivetWeb
 * keeps 64 headers of a request. */
#define TRL_VALUES_MAX 64

struct trl_values {
    struct trl_text *item;
    unsigned count;
};

/* Without optional white space (RFC 9110, 5.6.3) around it. */
static inline struct trl_text trl_text_trim(struct trl_text text)
{
    while (text.size > 0 && (text.text[0] == ' ' || text.text[0] == '\t')) {
        text.text++;
        text.size--;
    }
    while (text.size > 0 && (text.text[text.size - 1] == ' ' || text.text[text.size - 1] == '\t')) {
        text.size--;
    }
    return text;
}

/* Takes what stands before the next separator off rest, trimmed. False at the end. */
bool trl_text_next(struct trl_text *rest, char separator, struct trl_text *ret_part);

bool trl_text_equals(struct trl_text text, const char *other);
bool trl_text_same(struct trl_text text, struct trl_text other);

/* Whether it is a token (RFC 9110, 5.6.2). */
bool trl_text_is_token(struct trl_text text);

#endif
