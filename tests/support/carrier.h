/* A carrier of names and values for tests: names in any case, in the order of arrival. */
#ifndef TRAIL_TESTS_CARRIER_H
#define TRAIL_TESTS_CARRIER_H

#include <trail/propagate.h>

#define CARRIER_PAIRS_MAX 96

struct carrier {
    size_t count;
    char *names[CARRIER_PAIRS_MAX];
    char *values[CARRIER_PAIRS_MAX];
    size_t fail_at; /* the put that fails, from 1; 0: none */
};

/* A trail_put_fn; TRAIL_ERR_SPACE where it is to fail. */
enum trail_status carrier_put(void *carrier, const char *name, const char *value);

/* A trail_get_fn. */
const char *carrier_get(void *carrier, const char *name, size_t index, size_t *ret_size);

/* The one value of a name; NULL if there is none; more than one fails the test. */
const char *carrier_one(struct carrier *carrier, const char *name);

void carrier_clear(struct carrier *carrier);

#endif
