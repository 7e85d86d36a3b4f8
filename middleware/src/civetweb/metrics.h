/* What is counted of each request, by method, route and class of status. Recording takes no lock
 * and no heap memory. */
#ifndef TRL_CIVETWEB_METRICS_H
#define TRL_CIVETWEB_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OpenTelemetry's buckets for http.server.request.duration, and one for what is longer. */
#define TRL_METRICS_BUCKETS 15

/* An exemplar's labels are 128 characters at most (OpenMetrics 1.0): IDs that are longer are left
 * out. */
#define TRL_METRICS_ID_MAX 76

struct trl_exemplar {
    char request_id[TRL_METRICS_ID_MAX + 1];
    char trace_id[33];
    double seconds;
    int64_t wall_ms; /* 0: there is none */
};

/* What is known of one series when it is read. */
struct trl_series {
    const char *method;
    const char *route;                     /* "": none of trail's handlers */
    int status_class;                      /* 1 to 5; 0: no status was seen */
    uint64_t buckets[TRL_METRICS_BUCKETS]; /* not cumulative */
    double sum_seconds;
    struct trl_exemplar exemplars[TRL_METRICS_BUCKETS];
};

/* The upper bounds in seconds, as both formats write them. */
extern const char *const trl_metrics_bounds[TRL_METRICS_BUCKETS];

/* A request that has ended. */
struct trl_measured {
    const char *method;
    size_t method_size;
    const char *route; /* NULL: none of trail's handlers */
    int status;        /* 0: none was seen */
    uint64_t duration_ns;
    uint64_t now_ns; /* monotonic */
    const char *request_id;
    const char *trace_id;
};

void trl_metrics_record(const struct trl_measured *measured);

/* Reads the next series, the first where the cursor is 0, each once also while new ones come; false
 * past the last. Any thread. */
bool trl_metrics_read(size_t *cursor, struct trl_series *ret_series);

#endif
