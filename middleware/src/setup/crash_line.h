/* The lines of a crash. Async-signal-safe. */
#ifndef TRL_SETUP_CRASH_LINE_H
#define TRL_SETUP_CRASH_LINE_H

#include "core/inflight.h"
#include "log/keep.h"

#include <trail/log.h>

#include <signal.h>

/* `process_crashed`, under the IDs of the request that this thread serves, with every request in
 * flight as far as there is room. Returns its size, the newline included. */
size_t trl_crash_line_process(const char *identity, int number, const siginfo_t *info,
                              char out[TRAIL_LINE_MAX]);

/* `log_events_dropped` for what was kept of a request and had to be forgotten. Returns its size; 0:
 * nothing was. */
size_t trl_crash_line_gap(const struct trl_inflight_facts *facts, const struct trl_keep *keep,
                          const char *identity, char out[TRAIL_LINE_MAX]);

/* The terminal `request_failed` of a request in flight. Returns its size. */
size_t trl_crash_line_request(const struct trl_inflight_facts *facts, const char *identity,
                              int number, char out[TRAIL_LINE_MAX]);

#endif
