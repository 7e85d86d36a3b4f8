/* The fault suite's oracle: the numbers of the lines that have come. */
#include "unit.h"

#include "fault.h"

#include "core/clock.h"

#include <cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void see(struct fault_count *count, unsigned thread, uint64_t number)
{
    if (number >= count->room[thread]) {
        uint64_t room = number * 2 + 1024;
        count->seen[thread] = realloc(count->seen[thread], room);
        assert_non_null(count->seen[thread]);
        memset(count->seen[thread] + count->room[thread], 0, room - count->room[thread]);
        count->room[thread] = room;
    }
    count->doubled += count->seen[thread][number] != 0;
    count->seen[thread][number] = 1;
    count->lines++;
    if (number > count->last[thread]) {
        count->last[thread] = number;
    } else {
        count->overtaken++;
    }
}

static double number_of(const cJSON *event, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(event, name);

    return cJSON_IsNumber(member) ? member->valuedouble : -1;
}

static const char *text_of(const cJSON *event, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(event, name);

    return cJSON_IsString(member) ? member->valuestring : "";
}

/* The wall clock by which a line was logged: the test's, or one that was shifted. */
static bool count_time(struct fault_count *count, const cJSON *event)
{
    const char *text = text_of(event, "timestamp");
    int64_t at_ms;

    if (!trl_clock_parse_ms(text, strlen(text), &at_ms)) {
        return false;
    }
    int64_t days = (at_ms - trl_clock_wall_ms()) / 86400000;
    count->past += days < -1;
    count->future += days > 1;
    return true;
}

/* An event of the library's public face, which the writer has logged. */
static bool count_event(struct fault_count *count, const cJSON *event, const char *line)
{
    double thread = number_of(event, "thread");
    double number = number_of(event, "number");

    if (thread < 0 || thread > FAULT_THREADS_MAX || number < 1 || number >= FAULT_NUMBERS_MAX ||
        strlen(text_of(event, "pad")) != fault_pad((uint64_t)number) ||
        strstr(line, ",\"durationMs\":12.345,") == NULL) {
        return false;
    }
    see(count, (unsigned)thread, (uint64_t)number);
    return true;
}

static bool count_call(struct fault_count *count, const cJSON *event)
{
    double took_ms = number_of(event, "durationMs");

    if (took_ms < 0) {
        return false;
    }
    count->calls++;
    count->longest_call_ms = took_ms > count->longest_call_ms ? took_ms : count->longest_call_ms;
    return true;
}

/* A line that is no prepared one: JSON, and an event that is known. */
static bool is_known(struct fault_count *count, const char *line, size_t size)
{
    cJSON *event = cJSON_ParseWithLength(line, size);
    const char *name = text_of(event, "event");
    double told = number_of(event, "count");
    bool known = count_time(count, event);

    if (strcmp(name, "numbered") == 0) {
        known = known && count_event(count, event, line);
    } else if (strcmp(name, "outbound_completed") == 0) {
        known = known && count_call(count, event);
    } else if (strcmp(name, "process_crashed") == 0) {
        count->crashes++;
    } else if (strcmp(name, "log_events_dropped") == 0 && told > 0) {
        count->told += (uint64_t)told;
    } else if (strcmp(name, "log_recovered") == 0 && told >= 0) {
        count->recovered += (uint64_t)told;
        count->damaged_bytes += (uint64_t)number_of(event, "damagedBytes");
    } else {
        known = false;
    }
    cJSON_Delete(event);
    return known;
}

static void note_torn(struct fault_count *count, const char *line, size_t size)
{
    count->torn++;
    if (count->quiet) {
        return;
    }
    print_message("torn, of %zu bytes: %.*s\n", size, (int)(size < 100 ? size : 100), line);
}

static void count_line(struct fault_count *count, const char *line, size_t size)
{
    char expected[FAULT_LINE_MAX];
    char text[256];
    char level[8];
    unsigned thread;
    unsigned long long number;

    snprintf(text, sizeof(text), "%.*s", (int)(size < 200 ? size : 200), line);
    if (sscanf(text,
               "{\"timestamp\":\"%*[^\"]\",\"level\":\"%7[a-z]\",\"event\":\"numbered\","
               "\"thread\":%u,\"number\":%llu,",
               level, &thread, &number) == 3 &&
        thread <= FAULT_THREADS_MAX && number < FAULT_NUMBERS_MAX) {
        if (fault_line(expected, level, thread, number) == size + 1 &&
            memcmp(expected, line, size) == 0) {
            see(count, thread, number);
            return;
        }
        note_torn(count, line, size);
        return;
    }
    if (!is_known(count, line, size)) {
        note_torn(count, line, size);
    }
}

void fault_count_fd(struct fault_count *count, int fd)
{
    static char buffer[256 * 1024];
    size_t held = 0;

    for (;;) {
        ssize_t got = read(fd, buffer + held, sizeof(buffer) - held);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        held += (size_t)got;
        size_t at = 0;
        for (char *newline; (newline = memchr(buffer + at, '\n', held - at)) != NULL;) {
            size_t size = (size_t)(newline - (buffer + at));
            *newline = '\0';
            count_line(count, buffer + at, size);
            at += size + 1;
        }
        held -= at;
        memmove(buffer, buffer + at, held);
    }
    if (held > 0) {
        note_torn(count, buffer, held);
    }
}

void fault_count_file(struct fault_count *count, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    fault_count_fd(count, fd);
    close(fd);
}

uint64_t fault_missing(const struct fault_count *count, unsigned thread, uint64_t upto)
{
    uint64_t missing = 0;

    for (uint64_t number = 1; number <= upto; number++) {
        missing += number >= count->room[thread] || count->seen[thread][number] == 0;
    }
    return missing;
}

/* Reached, counted from the writer's first line to its last, or to the test's signal. */
static unsigned long long rate_of(const struct fault_run *run, unsigned threads)
{
    uint64_t begun_ns = atomic_load(&run->page->begun_ns);
    uint64_t ended_ns = atomic_load(&run->page->ended_ns);
    double lines = 0;

    for (unsigned thread = 0; thread < threads; thread++) {
        lines += (double)fault_progress(run, thread);
    }
    return ended_ns <= begun_ns ? 0
                                : (unsigned long long)(lines * 1e9 / (double)(ended_ns - begun_ns));
}

/* With --waits: what became of the time. What a call neither ran nor slept, it waited for a
 * processor. */
static void describe_waits(const struct fault_page *page, char *out, size_t size)
{
    uint64_t cpu_ns = atomic_load(&page->longest_cpu_ns);

    *out = '\0';
    if (cpu_ns > 0) {
        snprintf(out, size,
                 " (%.3f ms on a processor, slept %llu times); waits asked for %llu, sleeps in "
                 "outputs' writes %llu, hidden %llu",
                 (double)cpu_ns / 1e6, (unsigned long long)atomic_load(&page->longest_slept),
                 (unsigned long long)atomic_load(&page->waits),
                 (unsigned long long)atomic_load(&page->output_sleeps),
                 (unsigned long long)atomic_load(&page->hidden_sleeps));
    }
}

uint64_t fault_tell(const struct fault_run *run, const struct fault_count *count, unsigned threads,
                    const char *what, const char *rate)
{
    const struct fault_page *page = run->page;
    uint64_t missing = 0;
    char waits[192];

    for (unsigned thread = 0; thread < threads; thread++) {
        missing += fault_missing(count, thread, fault_progress(run, thread));
    }
    describe_waits(page, waits, sizeof(waits));
    print_message("%s: %s/s asked, %llu/s reached; %llu lines, lost %lld, doubled %llu, torn "
                  "%llu, told as dropped %llu; longest call %.3f ms, %llu over 1 ms%s\n",
                  what, rate, rate_of(run, threads), (unsigned long long)count->lines,
                  (long long)(missing - count->told), (unsigned long long)count->doubled,
                  (unsigned long long)count->torn, (unsigned long long)count->told,
                  (double)atomic_load(&page->longest_ns) / 1e6,
                  (unsigned long long)atomic_load(&page->over_1_ms), waits);
    return missing;
}

uint64_t fault_settle(const struct fault_run *run, struct fault_count *count, unsigned threads,
                      const char *what, const char *rate)
{
    uint64_t missing = fault_tell(run, count, threads, what, rate);
    uint64_t told = count->told;
    uint64_t doubled = count->doubled;
    uint64_t torn = count->torn;

    fault_count_fini(count);
    assert_int_equal(doubled, 0);
    assert_int_equal(torn, 0);
    assert_int_equal(missing, told);
    return told;
}

void fault_count_fini(struct fault_count *count)
{
    for (size_t i = 0; i <= FAULT_THREADS_MAX; i++) {
        free(count->seen[i]);
    }
    *count = (struct fault_count){0};
}
