/* What a test and its writer share: a page of memory that outlives the writer. */
#ifndef TRAIL_TESTS_FAULT_PAGE_H
#define TRAIL_TESTS_FAULT_PAGE_H

#include "line.h"

#include <stdatomic.h>

struct fault_page {
    /* The writer's. */
    _Atomic uint64_t progress[FAULT_THREADS_MAX + 1]; /* by thread: the latest accepted number */
    _Atomic int64_t child;                            /* a lingering child's process ID */
    _Atomic uint64_t begun_ns;                        /* monotonic clock */
    _Atomic uint64_t ended_ns;                        /* of the thread that ended last */
    _Atomic uint64_t longest_ns;                      /* of the calls that log */
    _Atomic uint64_t over_1_ms;                       /* calls that took longer */
    _Atomic uint64_t waits;           /* of threads inside a call: they gave up the processor */
    _Atomic uint64_t longest_wait_ns; /* that one of them asked the kernel for */
    _Atomic uint64_t longer_again;    /* waits for no less than the call's one before */
    _Atomic uint64_t longest_cpu_ns;  /* of the longest call: on a processor */
    _Atomic uint64_t longest_slept;   /* how often it gave the processor up by itself */
    _Atomic uint64_t hidden_sleeps;   /* inside a call, in none of the waits above */
    _Atomic uint64_t output_sleeps;   /* inside the write to an output: for the kernel's locks */
    _Atomic uint64_t refused;         /* writes and openings that the fault below has hit */
    _Atomic uint64_t resumed_ns;      /* when a write went well after that; 0: not yet */

    /* The test's. */
    _Atomic int error;        /* errno of each write to an output, and each opening; 0: none */
    _Atomic int64_t room;     /* bytes that are taken before that */
    _Atomic int64_t shift_ns; /* of the wall clock */
};

#endif
