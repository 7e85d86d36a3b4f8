/* The numbered line that the fault suite logs and counts. */
#ifndef TRAIL_TESTS_FAULT_LINE_H
#define TRAIL_TESTS_FAULT_LINE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FAULT_THREADS_MAX 64
#define FAULT_LINE_MAX    16384

/* Every 997th line is longer than PIPE_BUF. */
static inline size_t fault_pad(uint64_t number)
{
    return number % 997 == 500 ? 6000 : 200 + number % 61;
}

static inline size_t fault_line(char out[FAULT_LINE_MAX], const char *level, unsigned thread,
                                uint64_t number)
{
    size_t pad = fault_pad(number);
    int head = snprintf(out, FAULT_LINE_MAX - pad,
                        "{\"timestamp\":\"2026-01-31T23:59:59.999Z\",\"level\":\"%s\",\"event\":"
                        "\"numbered\",\"thread\":%u,\"number\":%llu,\"pad\":\"",
                        level, thread, (unsigned long long)number);
    char *end = out + head;

    memset(end, 'x', pad);
    memcpy(end + pad, "\"}\n", 3);
    return (size_t)head + pad + 3;
}

#endif
