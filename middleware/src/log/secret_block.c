/* Log: key files, which are secret from one boundary to the other: PEM blocks (RFC 7468), also
 * percent-encoded, SSH2's (RFC 4716) with private keys in them, and PuTTY's. */
#include "log/secret.h"

#include <string.h>

static const struct {
    const char *begin;
    const char *after; /* what follows: some of these */
    const char *end;
    const char *tail; /* what ends the line that end stands in; NULL: hexadecimal digits do */
} blocks[] = {
    {"-----BEGIN", " +%", "-----END", "-----"},
    {"---- BEGIN SSH2 ", "EP", "---- END SSH2 ", "----"},
    {"PuTTY-User-Key-File-", "123456789", "Private-MAC:", NULL},
};

#define COUNT (sizeof(blocks) / sizeof(blocks[0]))

/* Whether block kind begins at text. A public key is none. */
static bool begins(const char *text, size_t size, size_t kind)
{
    size_t begin = strlen(blocks[kind].begin);

    return size > begin && memcmp(text, blocks[kind].begin, begin) == 0 &&
           trl_secret_is_one_of(text[begin], blocks[kind].after) &&
           !(text[begin] == 'P' && size - begin >= 6 && memcmp(text + begin, "PUBLIC", 6) == 0);
}

size_t trl_secret_block_end(const char *text, size_t size, unsigned block)
{
    const char *end = blocks[block - 1].end;
    const char *tail = blocks[block - 1].tail;
    const char *found = memmem(text, size, end, strlen(end));

    if (found == NULL) {
        return 0;
    }
    size_t at = (size_t)(found - text) + strlen(end);
    if (tail == NULL) {
        while (at < size && (text[at] == ' ' || trl_hex_value(text[at]) >= 0)) {
            at++;
        }
        return at;
    }
    found = memmem(text + at, size - at, tail, strlen(tail));
    return found != NULL ? (size_t)(found - text) + strlen(tail) : size;
}

bool trl_secret_block(const struct trl_place *place, struct trl_part *ret_part)
{
    static const size_t marks[COUNT] = {4, 3, 5}; /* of the dash that is looked at first */

    if (place->at + 1 == place->size || !trl_secret_is_one_of(place->text[place->at + 1], "B U")) {
        return false;
    }
    for (size_t kind = 0; kind < COUNT; kind++) {
        if (place->at < place->from + marks[kind]) {
            continue;
        }
        size_t first = place->at - marks[kind];
        if (place->text[first] == *blocks[kind].begin &&
            begins(place->text + first, place->size - first, kind)) {
            size_t end =
                trl_secret_block_end(place->text + first, place->size - first, (unsigned)kind + 1);
            /* Without an end it was cut off: all of it is secret. */
            *ret_part =
                (struct trl_part){.begin = first, .end = end != 0 ? first + end : place->size};
            return true;
        }
    }
    return false;
}

/* Where the last block of the kind begins; NULL if none does. */
static const char *last_begin(const char *text, size_t size, size_t kind)
{
    const char *end = text + size;
    const char *last = NULL;

    for (const char *at = text; at < end; at++) {
        at = memmem(at, (size_t)(end - at), blocks[kind].begin, strlen(blocks[kind].begin));
        if (at == NULL) {
            break;
        }
        last = begins(at, (size_t)(end - at), kind) ? at : last;
    }
    return last;
}

unsigned trl_secret_open_block(const char *text, size_t size)
{
    for (size_t kind = 0; kind < COUNT; kind++) {
        const char *last = last_begin(text, size, kind);
        if (last != NULL &&
            trl_secret_block_end(last, (size_t)(text + size - last), (unsigned)kind + 1) == 0) {
            return (unsigned)kind + 1;
        }
    }
    return 0;
}
