/* The chunked transfer coding (RFC 9112, section 7.1), read over a stream of bytes only so far as
 * to count the content and to see the end. */
#ifndef TRL_CIVETWEB_CHUNKED_H
#define TRL_CIVETWEB_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trl_chunked {
    int state;
    uint64_t left;    /* of the chunk: size being read, or bytes still to come */
    uint64_t content; /* bytes without the framing */
    bool ended;       /* the last chunk and its trailer came */
    bool malformed;   /* what came is no chunked coding; content then counts every byte */
};

/* All zero is the beginning. */
void trl_chunked_feed(struct trl_chunked *chunked, const char *bytes, size_t size);

#endif
