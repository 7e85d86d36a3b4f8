/* A carrier in memory. */
#include "carrier.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum trail_status carrier_put(void *carrier, const char *name, const char *value)
{
    struct carrier *to = carrier;

    if (to->fail_at != 0 && to->count + 1 == to->fail_at) {
        return TRAIL_ERR_SPACE;
    }
    assert_true(to->count < CARRIER_PAIRS_MAX);
    to->names[to->count] = strdup(name);
    to->values[to->count] = strdup(value);
    to->count++;
    return TRAIL_OK;
}

const char *carrier_get(void *carrier, const char *name, size_t index, size_t *ret_size)
{
    const struct carrier *from = carrier;

    for (size_t i = 0; i < from->count; i++) {
        if (strcasecmp(from->names[i], name) == 0 && index-- == 0) {
            *ret_size = strlen(from->values[i]);
            return from->values[i];
        }
    }
    return NULL;
}

const char *carrier_one(struct carrier *carrier, const char *name)
{
    size_t size;

    assert_null(carrier_get(carrier, name, 1, &size));
    return carrier_get(carrier, name, 0, &size);
}

void carrier_clear(struct carrier *carrier)
{
    for (size_t i = 0; i < carrier->count; i++) {
        free(carrier->names[i]);
        free(carrier->values[i]);
    }
    *carrier = (struct carrier){.count = 0};
}
