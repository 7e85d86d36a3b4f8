/* Propagate: telling a forgotten hop once, with where it was. */
#include "propagate/forgotten.h"

#include "core/config.h"

#include <trail/log.h>

/* A place is known by its hash (FNV-1a, 64 bits); 0 is a free slot. */
enum { PLACES = 64 };

static uint64_t places[PLACES];

static uint64_t hash(const char *kind, struct trl_text where)
{
    uint64_t value = 0xCBF29CE484222325u ^ (unsigned char)kind[0];

    for (size_t i = 0; i < where.size; i++) {
        value = (value ^ (unsigned char)where.text[i]) * 0x100000001B3u;
    }
    return value != 0 ? value : 1;
}

/* True for the first caller with this place. A full table tells nothing more. */
static bool claim(uint64_t place)
{
    for (unsigned i = 0; i < PLACES; i++) {
        uint64_t expected = 0;
        if (__atomic_compare_exchange_n(&places[i], &expected, place, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED)) {
            return true;
        }
        if (expected == place) {
            return false;
        }
    }
    return false;
}

void trl_forgotten_tell(const char *kind, struct trl_text where)
{
    if (trl_config()->debug_checks && claim(hash(kind, where))) {
        trail_warn("context_not_propagated", "It left the request without its context",
                   trail_kv("kind", kind), trail_text("where", where.text, where.size));
    }
}
