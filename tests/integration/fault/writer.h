/* The parts of the writer: the fault suite's process under load. */
#ifndef TRAIL_TESTS_FAULT_WRITER_H
#define TRAIL_TESTS_FAULT_WRITER_H

#include "page.h"

#include <trail/trail.h>

#include <stdbool.h>
#include <stddef.h>

struct writer_config {
    bool async;
    bool drop;
    bool forks;
    bool lingers;
    bool levels;
    bool public;
    bool failing; /* the test may let outputs fail */
    bool waits;   /* what a call does while it takes long is noted */
    const char *spool;
    size_t spool_bytes;
    unsigned first;
    unsigned threads;
    uint64_t count;
    uint64_t rate;
    uint64_t crash_at;
    int crash_signal;
    unsigned close_ms;
    const char *locale;
};

extern struct writer_config config;
extern struct fault_page *page;

/* writer_log.c: the outputs, by the library's public face or by the sink room's. Exits with 2 where
 * they can't be opened. */
void writer_open(char **names, int count);
void writer_log(unsigned thread, uint64_t number);
bool writer_reopen(void);
void writer_close(unsigned timeout_ms);

/* writer_calls.c: this thread is inside a call that logs, or has come back. */
void writer_call_begins(void);
void writer_call_ended(void);

#endif
