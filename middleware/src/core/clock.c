/* Core: time. The civil date is computed here, not by gmtime_r() and strftime(), which take the
 * time zone's lock and follow the locale. */
#include "core/clock.h"

#include "core/json_put.h"
#include "core/thread.h"
#include "core/ticks.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

static void two_digits(char *out, unsigned value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
}

/* The proleptic Gregorian calendar in eras of 400 years, each starting on 1 March, so that a leap
 * day is the last of its year. */
static void format_second(int64_t second, char out[20])
{
    int64_t day = second / 86400;
    int64_t rest = second % 86400;

    if (rest < 0) {
        rest += 86400;
        day -= 1;
    }
    day += 719468; /* 1970-01-01 counted from 0000-03-01 */
    int64_t era = (day >= 0 ? day : day - 146096) / 146097;
    unsigned day_of_era = (unsigned)(day - era * 146097);
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned march_month = (5 * day_of_year + 2) / 153;
    unsigned day_of_month = day_of_year - (153 * march_month + 2) / 5 + 1;
    unsigned month = march_month < 10 ? march_month + 3 : march_month - 9;
    int64_t year = (int64_t)year_of_era + era * 400 + (month <= 2 ? 1 : 0);

    if (year < 0 || year > 9999) {
        memcpy(out, "0000-01-01T00:00:00.", 20); /* RFC 3339 has four digits for the year */
        return;
    }
    memcpy(out, "0000-00-00T00:00:00.", 20);
    two_digits(out, (unsigned)year / 100);
    two_digits(out + 2, (unsigned)year % 100);
    two_digits(out + 5, month);
    two_digits(out + 8, day_of_month);
    two_digits(out + 11, (unsigned)(rest / 3600));
    two_digits(out + 14, (unsigned)(rest / 60 % 60));
    two_digits(out + 17, (unsigned)(rest % 60));
}

/* `.123Z` */
static inline void format_millisecond(unsigned millisecond, char out[5])
{
    trl_put_thousandths(out, millisecond);
    out[4] = 'Z';
}

uint64_t trl_clock_monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t trl_clock_thread_cpu_ns(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

int64_t trl_clock_wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A thread's latest reading of the wall clock. Until its millisecond is over the text holds; that
 * it is not over yet is seen by the processor's counter. */
struct reading {
    uint64_t ticks;
    uint64_t holds; /* that many; 0: no more */
    int64_t second;
    char text[TRL_TIMESTAMP_SIZE];
};

static __attribute__((noinline)) void read_wall(struct reading *reading)
{
    struct timespec now;

    reading->holds = 0;
    atomic_signal_fence(memory_order_seq_cst); /* a signal's handler may log */
    reading->ticks = trl_ticks();
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != reading->second) {
        format_second(now.tv_sec, reading->text);
        reading->second = now.tv_sec;
    }
    format_millisecond((uint32_t)now.tv_nsec / 1000000, reading->text + 19);
    atomic_signal_fence(memory_order_seq_cst);
    reading->holds = trl_ticks_within(1000000 - (uint32_t)now.tv_nsec % 1000000);
}

void trl_clock_timestamp(char out[TRL_TIMESTAMP_SIZE])
{
    static TRL_THREAD_LOCAL struct reading latest = {.second = INT64_MIN};

    if (latest.holds == 0 || trl_ticks() - latest.ticks >= latest.holds) {
        read_wall(&latest);
    }
    memcpy(out, latest.text, TRL_TIMESTAMP_SIZE);
}

void trl_clock_format_ms(int64_t wall_ms, char out[TRL_TIMESTAMP_SIZE])
{
    int64_t second = wall_ms / 1000;
    int64_t millisecond = wall_ms % 1000;

    if (millisecond < 0) {
        millisecond += 1000;
        second -= 1;
    }
    format_second(second, out);
    format_millisecond((unsigned)millisecond, out + 19);
}

/* The number that count digits from at on make; -1 if one is none. */
static int64_t read_digits(const char *at, int count)
{
    int64_t value = 0;

    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

/* Days since 1970, by the calendar of format_second(). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = year / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

bool trl_clock_parse_ms(const char *text, size_t size, int64_t *ret_wall_ms)
{
    static const char form[] = "0000-00-00T00:00:00.000Z";
    static const struct {
        int at;
        int count;
        int64_t low;
        int64_t high;
    } parts[] = {{0, 4, 1, 9999}, {5, 2, 1, 12},  {8, 2, 1, 31},  {11, 2, 0, 23},
                 {14, 2, 0, 59},  {17, 2, 0, 59}, {20, 3, 0, 999}};
    int64_t values[7];

    if (size != TRL_TIMESTAMP_SIZE) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (form[i] != '0' && form[i] != text[i]) {
            return false;
        }
    }
    for (size_t i = 0; i < 7; i++) {
        values[i] = read_digits(text + parts[i].at, parts[i].count);
        if (values[i] < parts[i].low || values[i] > parts[i].high) {
            return false;
        }
    }
    int64_t day = days_of(values[0], values[1], values[2]);
    *ret_wall_ms = ((day * 24 + values[3]) * 60 + values[4]) * 60000 + values[5] * 1000 + values[6];
    return true;
}
