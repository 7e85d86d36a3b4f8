/* Time: durations by the monotonic clock, timestamps by the wall clock. Any thread. */
#ifndef TRL_CORE_CLOCK_H
#define TRL_CORE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `2026-01-31T23:59:59.999Z` without a terminator. */
#define TRL_TIMESTAMP_SIZE 24

uint64_t trl_clock_monotonic_ns(void);

/* CPU time that the calling thread has used; a system call. Never 0. Any thread. */
uint64_t trl_clock_thread_cpu_ns(void);
int64_t trl_clock_wall_ms(void);

/* Writes the wall clock as RFC 3339 in UTC. The date is formatted once a second for each thread;
 * no time zone, locale or libc formatting is involved. */
void trl_clock_timestamp(char out[TRL_TIMESTAMP_SIZE]);

/* The same for a given time. */
void trl_clock_format_ms(int64_t wall_ms, char out[TRL_TIMESTAMP_SIZE]);

/* Reads such a text back, as milliseconds since 1970. False: it is none. */
bool trl_clock_parse_ms(const char *text, size_t size, int64_t *ret_wall_ms);

#endif
