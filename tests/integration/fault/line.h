/* The numbered line that the fault suite logs and counts. */
#ifndef TRAIL_TESTS_FAULT_LINE_H
#define TRAIL_TESTS_FAULT_LINE_H

#include <stdint.h>
#include <stdio.h>

#define FAULT_THREADS_MAX 64
/* Where in the progress file a lingering child leaves its process ID. */
#define FAULT_CHILD_SLOT  100
#define FAULT_LINE_MAX    16384

/* Every 997th line is longer than PIPE_BUF. */
static inline int fault_line(char out[FAULT_LINE_MAX], const char *level, unsigned thread,
                             uint64_t number)
{
    int pad = number % 997 == 500 ? 6000 : 200 + (int)(number % 61);

    return snprintf(out, FAULT_LINE_MAX,
                    "{\"timestamp\":\"2026-01-31T23:59:59.999Z\",\"level\":\"%s\",\"event\":"
                    "\"numbered\",\"thread\":%u,\"number\":%llu,\"pad\":\"%0*d\"}\n",
                    level, thread, (unsigned long long)number, pad, 7);
}

#endif
