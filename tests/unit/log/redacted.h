/* Tests of redaction: a text as redaction leaves it. */
#ifndef TRAIL_TESTS_LOG_REDACTED_H
#define TRAIL_TESTS_LOG_REDACTED_H

#include "unit.h"

/* Valid until the next call. */
const char *redacted(const char *text);

/* Checks that the secret, which stands in the text, no longer does. */
void assert_gone(const char *text, const char *secret);

#endif
