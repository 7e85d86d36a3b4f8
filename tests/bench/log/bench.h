/* The driver that the benchmark's programs in C and C++ share:
 *
 *     PROGRAM event|request SINK THREADS COUNT [throughput|paced]
 *
 * throughput: COUNT iterations on each thread and a flush; wall clock and CPU time of the whole
 * process cover both. paced: one call each 5 µs, only the call is timed, with the clock's own cost.
 * `event` is one event, `request` a child logger and three events. One JSON line goes to stdout. */
#ifndef TRAIL_TESTS_BENCH_LOG_H
#define TRAIL_TESTS_BENCH_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

/* The facts of the event. Behind volatile, so that no compiler folds them into the text. */
extern const char *volatile fact_service;
extern const char *volatile fact_environment;
extern const char *volatile fact_request_id;
extern const char *volatile fact_trace_id;
extern const char *volatile fact_span_id;
extern const char *volatile fact_method;
extern const char *volatile fact_path;
extern const char *volatile fact_user_id;
extern const char *volatile fact_order_id;
extern volatile int fact_status;
extern volatile int fact_bytes_out;
extern volatile int fact_items;
extern volatile double fact_duration_ms;
extern volatile double fact_total;

struct bench_logger {
    const char *name;
    void (*open)(const char *sink); /* not timed */
    void (*flush)(void);            /* returns when all events are in the sink; timed */
    void *(*thread_begin)(void);    /* not timed; what events() and requests() are given */
    void (*events)(void *state, long count);
    void (*requests)(void *state, long count);
    void (*thread_end)(void *state);
    void (*close)(void);
};

int bench_main(int argc, char **argv, const struct bench_logger *logger);

#ifdef __cplusplus
}
#endif

#endif
