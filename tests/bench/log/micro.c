/* Small costs of the logger, each the least of some rounds, as one JSON object: an event that is
 * disabled, a child logger of four fields, and redacting a megabyte of text with and without
 * secrets. */
#include "bench.h"

#include "log/redact.h"

#include <trail/trail.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 9, CALLS = 1000000, CHILDREN = 200000, TEXT_SIZE = 1 << 20 };

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double least(void (*work)(void), double each)
{
    double best = 1e18;

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start_ns = now_ns();
        work();
        double took = (double)(now_ns() - start_ns) / each;
        best = took < best ? took : best;
    }
    return best;
}

static void log_disabled(void)
{
    for (int i = 0; i < CALLS; i++) {
        trail_debug("cache_missed", "Not in the cache", trail_kv("method", fact_method),
                    trail_kv("items", fact_items));
    }
}

static void make_children(void)
{
    static struct trail_logger child;

    for (int i = 0; i < CHILDREN; i++) {
        trail_logger_init(&child, NULL, trail_kv("tenant", fact_service),
                          trail_kv("region", fact_environment), trail_kv("orderId", fact_order_id),
                          trail_kv("userId", fact_user_id));
    }
}

static char text[TEXT_SIZE];
static char redacted[4 * TEXT_SIZE];

static void fill_text(const char *line)
{
    size_t size = strlen(line);

    for (size_t at = 0; at < TEXT_SIZE; at++) {
        text[at] = line[at % size];
    }
}

static void redact_text(void)
{
    size_t size;

    (void)trl_redact_text(text, TEXT_SIZE, redacted, sizeof(redacted), &size);
}

int main(void)
{
    struct trail *trail;

    if (trail_open(&(struct trail_options){.output = "null"}, &trail) != TRAIL_OK) {
        return 2;
    }
    printf("{\"disabled_ns\":%.2f", least(log_disabled, CALLS));
    printf(",\"child_ns\":%.1f", least(make_children, CHILDREN));
    fill_text("2026-01-31 12:00:01 INFO GET /orders/ord_1001?page=2 took 12.3 ms for usr_42, "
              "trace 4bf92f3577b34da6a3ce929d0e0e4736\n");
    printf(",\"redact_clean_ms\":%.2f", least(redact_text, 1e6));
    fill_text("POST /login?token=abc Authorization: Bearer abc.def.ghi\n"
              "{\"password\":\"hunter2\",\"card\":\"4111 1111 1111 1111\"}\n");
    printf(",\"redact_secret_ms\":%.2f}\n", least(redact_text, 1e6));
    trail_close(trail);
    return 0;
}
