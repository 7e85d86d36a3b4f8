/* Which requests' info lines are written, decided by the request ID, so that all services that the
 * request passes through decide alike. */
#ifndef TRL_LOG_SAMPLE_H
#define TRL_LOG_SAMPLE_H

#include <stdbool.h>

/* Whether a request is among the share (0: none, 1: all) that is kept. The ID's 64-bit FNV-1a hash,
 * finished as MurmurHash3 does, is compared as a fraction of 2^64: a larger share keeps all that a
 * smaller one keeps. NULL is "". Any thread. */
bool trl_sample_keeps(const char *request_id, double share);

#endif
