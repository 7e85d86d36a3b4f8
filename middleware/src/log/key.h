/* Keys of fields: serialised, judged, and remembered. */
#ifndef TRL_LOG_KEY_H
#define TRL_LOG_KEY_H

#include "log/redact.h"

#include <trail/field.h>

#include <stddef.h>
#include <stdint.h>

/* The most bytes of `,"name":`; longer names are cut. */
#define TRL_KEY_TEXT_MAX 512

/* A key as it goes into a line. Borrowed from the cache or the caller's buffer until the next. */
struct trl_key {
    const char *text; /* `,"name":` */
    uint32_t size;
    uint32_t hash; /* of the serialised name */
    enum trl_redact_class class;
    uint8_t copyable; /* bytes that may be read from text, 0 or TRL_KEY_CACHED_TEXT */
};

/* Keys that are longer, as serialised, are judged each time. */
#define TRL_KEY_CACHED_TEXT 40
#define TRL_KEY_CACHE_SLOTS 256

/* One cache line for each key. */
struct trl_key_slot {
    const char *literal; /* NULL: empty */
    uint32_t hash;
    uint16_t literal_size;
    uint8_t size;
    uint8_t class;
    char text[TRL_KEY_CACHED_TEXT];
    uint64_t unused;
};

struct trl_key_cache {
    unsigned generation; /* of the configuration that the judgements stand on */
    struct trl_key_slot slots[TRL_KEY_CACHE_SLOTS];
};

/* The key of field, which is not NULL. A literal is looked up by address, size and content: an
 * unloaded library's addresses come back with other literals. cache may be NULL; buffer is used for
 * what can't be remembered. */
struct trl_key trl_key_of(struct trl_key_cache *cache, const struct trail_field *field,
                          char buffer[TRL_KEY_TEXT_MAX]);

/* The name inside `,"name":`, and its size. */
static inline const char *trl_key_name(const struct trl_key *key)
{
    return key->text + 2;
}

static inline size_t trl_key_name_size(const struct trl_key *key)
{
    return key->size - 4;
}

#endif
