/* The benchmark's driver; see bench.h. */
#include "bench.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

enum { THREADS_MAX = 16, PACE_NS = 5000, WARM_UP_MAX = 100000 };

const char *volatile fact_service = "checkout-api";
const char *volatile fact_environment = "production";
const char *volatile fact_request_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const char *volatile fact_trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const char *volatile fact_span_id = "00f067aa0ba902b7";
const char *volatile fact_method = "POST";
const char *volatile fact_path = "/orders";
const char *volatile fact_user_id = "usr_42";
const char *volatile fact_order_id = "ord_1001";
volatile int fact_status = 201;
volatile int fact_bytes_out = 512;
volatile int fact_items = 3;
volatile double fact_duration_ms = 12.345;
volatile double fact_total = 99.95;

struct runner {
    const struct bench_logger *logger;
    bool requests;
    bool paced;
    long count;
    long warm_up;
    double ticks_per_ns;
    uint32_t *latencies; /* in ticks; NULL: throughput */
    pthread_barrier_t *barrier;
    pthread_t thread;
};

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t ticks(void)
{
#ifdef __x86_64__
    unsigned processor;
    uint64_t count = __rdtscp(&processor);
    _mm_lfence();
    return count;
#else
    return now_ns();
#endif
}

static uint64_t cpu_ns(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return ((uint64_t)used.ru_utime.tv_sec + (uint64_t)used.ru_stime.tv_sec) * 1000000000u +
           ((uint64_t)used.ru_utime.tv_usec + (uint64_t)used.ru_stime.tv_usec) * 1000u;
}

static double measure_ticks(void)
{
    uint64_t start_ns = now_ns();
    uint64_t start = ticks();

    while (now_ns() - start_ns < 50000000u) {}
    return (double)(ticks() - start) / (double)(now_ns() - start_ns);
}

static void run_iterations(const struct runner *runner, void *state, long count)
{
    if (runner->requests) {
        runner->logger->requests(state, count);
    } else {
        runner->logger->events(state, count);
    }
}

static void run_paced(const struct runner *runner, void *state)
{
    uint64_t step = (uint64_t)(PACE_NS * runner->ticks_per_ns);
    uint64_t next = ticks();

    for (long i = 0; i < runner->count; i++) {
        next += step;
        while (ticks() < next) {}
        uint64_t start = ticks();
        run_iterations(runner, state, 1);
        runner->latencies[i] = (uint32_t)(ticks() - start);
    }
}

static void *run(void *argument)
{
    const struct runner *runner = argument;
    void *state = runner->logger->thread_begin();

    run_iterations(runner, state, runner->warm_up);
    pthread_barrier_wait(runner->barrier); /* warm: the driver flushes */
    pthread_barrier_wait(runner->barrier); /* go */
    if (runner->paced) {
        run_paced(runner, state);
    } else {
        run_iterations(runner, state, runner->count);
    }
    pthread_barrier_wait(runner->barrier); /* done: the driver flushes */
    pthread_barrier_wait(runner->barrier); /* measured */
    runner->logger->thread_end(state);
    return NULL;
}

static int by_size(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static void print_latencies(struct runner *runners, size_t threads)
{
    struct runner *first = &runners[0]; /* of several threads one stands for all */
    size_t count = (size_t)first->count;

    (void)threads;
    qsort(first->latencies, count, sizeof(uint32_t), by_size);
    printf(",\"p50_ns\":%.0f,\"p99_ns\":%.0f,\"p999_ns\":%.0f,\"max_ns\":%.0f}\n",
           first->latencies[count / 2] / first->ticks_per_ns,
           first->latencies[count * 99 / 100] / first->ticks_per_ns,
           first->latencies[count * 999 / 1000] / first->ticks_per_ns,
           first->latencies[count - 1] / first->ticks_per_ns);
}

static void start_threads(struct runner *runners, size_t threads, const struct runner *form)
{
    for (size_t i = 0; i < threads; i++) {
        runners[i] = *form;
        if (form->paced) {
            runners[i].latencies = malloc((size_t)form->count * sizeof(uint32_t));
            if (runners[i].latencies == NULL) {
                abort();
            }
            memset(runners[i].latencies, 1, (size_t)form->count * sizeof(uint32_t));
        }
        if (pthread_create(&runners[i].thread, NULL, run, &runners[i]) != 0) {
            abort();
        }
    }
}

static void measure(const struct runner *form, size_t threads)
{
    struct runner runners[THREADS_MAX];
    const struct bench_logger *logger = form->logger;
    pthread_barrier_t *barrier = form->barrier;

    start_threads(runners, threads, form);
    pthread_barrier_wait(barrier);
    logger->flush();
    uint64_t start_ns = now_ns();
    uint64_t start_cpu_ns = cpu_ns();
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    uint64_t called_ns = now_ns();
    logger->flush();
    uint64_t end_ns = now_ns();
    uint64_t end_cpu_ns = cpu_ns();
    pthread_barrier_wait(barrier);
    for (size_t i = 0; i < threads; i++) {
        pthread_join(runners[i].thread, NULL);
    }
    printf("{\"logger\":\"%s\"", logger->name);
    if (form->paced) {
        print_latencies(runners, threads);
    } else {
        double each = (double)form->count;
        printf(",\"wall_ns\":%.1f,\"caller_ns\":%.1f,\"cpu_ns\":%.1f}\n",
               (double)(end_ns - start_ns) / each, (double)(called_ns - start_ns) / each,
               (double)(end_cpu_ns - start_cpu_ns) / each / (double)threads);
    }
    for (size_t i = 0; i < threads; i++) {
        free(runners[i].latencies);
    }
}

int bench_main(int argc, char **argv, const struct bench_logger *logger)
{
    pthread_barrier_t barrier;
    long threads = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    long count = argc > 4 ? strtol(argv[4], NULL, 10) : 0;

    if (threads < 1 || threads > THREADS_MAX || count < 1) {
        fprintf(stderr, "usage: %s event|request SINK THREADS COUNT [throughput|paced]\n", argv[0]);
        return 2;
    }
    struct runner form = {
        .logger = logger,
        .requests = strcmp(argv[1], "request") == 0,
        .paced = argc > 5 && strcmp(argv[5], "paced") == 0,
        .count = count,
        .warm_up = count / 10 < WARM_UP_MAX ? count / 10 : WARM_UP_MAX,
        .ticks_per_ns = measure_ticks(),
        .barrier = &barrier,
    };
    pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
    logger->open(argv[2]);
    measure(&form, (size_t)threads);
    logger->close();
    pthread_barrier_destroy(&barrier);
    return 0;
}
