/* What the tests of envelopes share: a scope that an envelope is made under, one that was sent, and
 * one that was read back. */
#ifndef TRAIL_TESTS_ENVELOPE_FIXTURE_H
#define TRAIL_TESTS_ENVELOPE_FIXTURE_H

#include "carrier.h"
#include "context/context.h"

#include <trail/job.h>

extern struct trl_context context;
extern struct trl_scope scope;
extern struct trail_envelope envelope;
extern struct trail_envelope read_back;
extern struct carrier carrier;
extern char json[TRAIL_ENVELOPE_JSON_MAX];

int envelope_begin(void **state);
int envelope_end(void **state);

/* Reads text into read_back, which is filled with garbage before. */
enum trail_status read_json(const char *text);

void assert_same_envelopes(void);

/* Whatever was read, a job can be run by it. */
void assert_complete(void);

#endif
