/* Spools of processes that were killed under load, and damaged afterwards, in ways that a seed
 * chooses: nothing crashes, what stands in an undamaged place is delivered once and whole, and the
 * damage is told. */
#include "unit.h"

#include "fault.h"
#include "spool_image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS 4
#define LINES   2000u

/* One way of damage. */
struct way {
    const char *name;
    void (*spoil)(struct spool_image *image, unsigned *seed);
};

static uint32_t pick(unsigned *seed, uint64_t below)
{
    return below == 0 ? 0
                      : (uint32_t)(((uint64_t)rand_r(seed) << 16 ^ (uint64_t)rand_r(seed)) % below);
}

static void flip(struct spool_image *image, unsigned *seed, uint64_t from, uint64_t size)
{
    uint64_t at = from + pick(seed, size);

    image->bytes[at] = (char)(image->bytes[at] ^ (1 << pick(seed, 8)));
}

static uint64_t used_chunk(const struct spool_image *image, unsigned *seed)
{
    return spool_image_chunk(image, image->used[pick(seed, image->used_count)]);
}

static void cut_in_head(struct spool_image *image, unsigned *seed)
{
    image->size = pick(seed, TRL_SPOOL_HEAD_BYTES);
}

static void cut_in_the_middle(struct spool_image *image, unsigned *seed)
{
    image->size = TRL_SPOOL_HEAD_BYTES + pick(seed, image->size - TRL_SPOOL_HEAD_BYTES);
}

static void cut_at_the_end(struct spool_image *image, unsigned *seed)
{
    image->size -= 1 + pick(seed, 5000);
}

static void empty(struct spool_image *image, unsigned *seed)
{
    (void)seed;
    image->size = 0;
}

static void zero_pages(struct spool_image *image, unsigned *seed)
{
    for (unsigned pages = 1 + pick(seed, 6); pages > 0; pages--) {
        uint64_t at =
            (used_chunk(image, seed) + pick(seed, image->map.chunk_bytes)) & ~UINT64_C(4095);
        memset(image->bytes + at, 0, 4096);
    }
}

static void flip_in_head(struct spool_image *image, unsigned *seed)
{
    for (unsigned bits = 1 + pick(seed, 20); bits > 0; bits--) {
        flip(image, seed, 0, sizeof(struct trl_spool_head));
    }
}

static void flip_in_batch(struct spool_image *image, unsigned *seed)
{
    size_t from = offsetof(struct trl_spool_head, batch_open);

    flip(image, seed, from,
         offsetof(struct trl_spool_head, pieces) + 4 * sizeof(struct trl_piece) - from);
}

static void flip_in_chunk_heads(struct spool_image *image, unsigned *seed)
{
    for (unsigned bits = 1 + pick(seed, 4); bits > 0; bits--) {
        flip(image, seed, used_chunk(image, seed), TRL_CHUNK_HEAD_BYTES);
    }
}

static void flip_in_counts(struct spool_image *image, unsigned *seed)
{
    uint64_t chunk = used_chunk(image, seed);

    flip(image, seed,
         chunk + (pick(seed, 2) == 0 ? offsetof(struct trl_chunk, committed)
                                     : offsetof(struct trl_chunk, consumed)),
         sizeof(uint64_t));
}

static void flip_in_index(struct spool_image *image, unsigned *seed)
{
    for (unsigned bits = 1 + pick(seed, 8); bits > 0; bits--) {
        flip(image, seed, used_chunk(image, seed) + image->map.chunk_bytes - 800, 800);
    }
}

static void zero_index(struct spool_image *image, unsigned *seed)
{
    uint64_t end = used_chunk(image, seed) + image->map.chunk_bytes;
    uint32_t size = 4 + pick(seed, 1200);

    memset(image->bytes + end - size - pick(seed, 200), 0, size);
}

static void flip_in_text(struct spool_image *image, unsigned *seed)
{
    for (unsigned bits = 1 + pick(seed, 40); bits > 0; bits--) {
        flip(image, seed, used_chunk(image, seed) + TRL_CHUNK_HEAD_BYTES, 40000);
    }
}

/* Ends of lines are what damage is confined by. */
static void flip_newlines(struct spool_image *image, unsigned *seed)
{
    for (unsigned bits = 1 + pick(seed, 8); bits > 0; bits--) {
        const struct spool_line *line = &image->lines[pick(seed, image->line_count)];
        flip(image, seed, line->at + line->size - 1, 1);
    }
}

static void overwrite(struct spool_image *image, unsigned *seed)
{
    for (unsigned places = 1 + pick(seed, 8); places > 0; places--) {
        uint64_t at = used_chunk(image, seed) + pick(seed, image->map.chunk_bytes - 600);
        for (unsigned i = pick(seed, 600); i > 0; i--) {
            image->bytes[at + i] = (char)rand_r(seed);
        }
    }
}

static void append_garbage(struct spool_image *image, unsigned *seed)
{
    for (unsigned i = 1 + pick(seed, SPOOL_IMAGE_SLACK); i > 0; i--) {
        image->bytes[image->size++] = (char)rand_r(seed);
    }
}

static void change_magic(struct spool_image *image, unsigned *seed)
{
    flip(image, seed, 0, sizeof(((struct trl_spool_head *)0)->magic));
}

static void punch_holes(struct spool_image *image, unsigned *seed)
{
    image->hole_at =
        (used_chunk(image, seed) + pick(seed, image->map.chunk_bytes)) & ~UINT64_C(4095);
    image->hole_size = 4096u << pick(seed, 4);
    if (image->hole_at + image->hole_size > image->size) {
        image->hole_size = 4096;
    }
    memset(image->bytes + image->hole_at, 0, image->hole_size);
}

static void nothing(struct spool_image *image, unsigned *seed)
{
    (void)image;
    (void)seed;
}

static const struct way ways[] = {
    {"not at all", nothing},
    {"cut in the head", cut_in_head},
    {"cut in the middle", cut_in_the_middle},
    {"cut at the end", cut_at_the_end},
    {"emptied", empty},
    {"pages of zeros", zero_pages},
    {"bits of the head", flip_in_head},
    {"bits of the batch", flip_in_batch},
    {"bits of chunks' heads", flip_in_chunk_heads},
    {"bits of chunks' counts", flip_in_counts},
    {"bits of the index", flip_in_index},
    {"zeros in the index", zero_index},
    {"bits of the text", flip_in_text},
    {"bits of newlines", flip_newlines},
    {"overwritten", overwrite},
    {"garbage appended", append_garbage},
    {"another magic", change_magic},
    {"holes", punch_holes},
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static bool is_refused(void *arg)
{
    const struct fault_run *run = arg;

    return atomic_load(&run->page->refused) > 0;
}

/* Leaves the spool of a process that was killed while its disk was full: its file took a part of a
 * batch, to the middle of a line as a rule, and the rest of it waits. There is room for all lines.
 */
static void leave_spool(struct fault_run *run, const char *rate, unsigned *seed,
                        char path[FAULT_SPOOL_PATH_BYTES])
{
    fault_again(run);
    atomic_store(&run->page->room, 1 + pick(seed, 300000));
    atomic_store(&run->page->error, ENOSPC);
    fault_start(run, -1,
                (const char *const[]){"--async", "--failing", "--spool-bytes", "4194304",
                                      "--threads", "4", "--count", "2000", "--rate", rate,
                                      run->output, NULL});
    fault_wait(is_refused, run);
    uint64_t until = fault_progress(run, 0) + pick(seed, fault_long() ? 2000 : 200);
    fault_wait_progress(run, 0, until < LINES ? until : LINES);
    fault_end(run, SIGKILL);
    fault_spool(run, path);
}

/* Of what is damaged: how many lines, and what else may come twice, or is told of. */
struct harm {
    uint64_t hit; /* lines */
    bool head;    /* no place in it is sound */
    bool batch;   /* what says how far the file was written, or a line of it */
};

static struct harm survey(const struct spool_image *before, struct spool_image *after)
{
    struct harm harm = {0};
    size_t batch = offsetof(struct trl_spool_head, batch_open);

    harm.head = spool_image_differs(before, after, 0, batch);
    harm.batch = spool_image_differs(before, after, batch, sizeof(struct trl_spool_head) - batch);
    for (size_t i = 0; i < before->line_count; i++) {
        const struct spool_line *line = &before->lines[i];
        bool in_text = spool_image_differs(before, after, line->at, line->size);
        after->lines[i].hit =
            in_text || spool_image_differs(before, after, line->entry_at, sizeof(uint32_t)) ||
            spool_image_differs(before, after, line->chunk_at, TRL_CHUNK_HEAD_BYTES);
        harm.hit += after->lines[i].hit;
        harm.batch |= line->in_batch && after->lines[i].hit;
    }
    return harm;
}

/* Whether each line has come that stands in an undamaged place, or had come before. */
static void check_lines(const struct fault_run *run, const struct spool_image *image,
                        const struct fault_count *count)
{
    bool excused[THREADS][LINES + 1] = {0};

    for (size_t i = 0; i < image->line_count; i++) {
        const struct spool_line *line = &image->lines[i];
        if (line->hit) {
            excused[line->thread][line->number] = 1;
        }
    }
    for (unsigned thread = 0; thread < THREADS; thread++) {
        for (uint64_t number = 1; number <= fault_progress(run, thread); number++) {
            bool came = number < count->room[thread] && count->seen[thread][number] != 0;
            if (!came && !excused[thread][number]) {
                fail_msg("line %llu of thread %u was in an undamaged place",
                         (unsigned long long)number, thread);
            }
        }
    }
}

static void check(struct fault_run *run, const struct spool_image *image, const struct harm *harm,
                  bool left, bool told)
{
    struct fault_count count = {.quiet = true};
    uint64_t missing = 0;

    fault_count_file(&count, run->log);
    told |= count.damaged_bytes > 0;
    for (unsigned thread = 0; thread < THREADS; thread++) {
        missing += fault_missing(&count, thread, fault_progress(run, thread));
    }
    print_message("%zu lines in the spool, %llu hit, lost %llu, torn %llu, doubled %llu; %s%s\n",
                  image->line_count, (unsigned long long)harm->hit, (unsigned long long)missing,
                  (unsigned long long)count.torn, (unsigned long long)count.doubled,
                  told ? "told" : "not told", left ? ", left" : "");
    if (!left && !harm->head) {
        check_lines(run, image, &count);
        assert_true(missing <= harm->hit);
        assert_true(missing <= count.torn || told);
    }
    assert_true(count.torn <= harm->hit + 1); /* what the file ended with, if its rest is gone */
    assert_true(count.doubled == 0 || harm->batch || harm->head);
    fault_count_fini(&count);
}

static void spoil_and_recover(struct fault_run *run, const struct way *way, const char *rate,
                              unsigned seed)
{
    struct spool_image before;
    struct spool_image after;
    char path[FAULT_SPOOL_PATH_BYTES];
    char text[4096];

    leave_spool(run, rate, &seed, path);
    spool_image_read(&before, path);
    spool_image_copy(&after, &before);
    way->spoil(&after, &seed);
    spool_image_write(&after, path);
    struct harm harm = survey(&before, &after);
    assert_int_equal(truncate(run->errors, 0), 0);
    if (pick(&seed, 2) == 0) {
        fault_recover(run, -1, run->output);
    } else {
        (void)fault_recover_by_command(run); /* 2: it was left */
    }
    bool left = access(path, F_OK) == 0;
    fault_read(run->errors, text, sizeof(text));
    assert_null(strstr(text, "Sanitizer"));
    assert_null(strstr(text, "runtime error"));
    bool told = strstr(text, "damaged") != NULL;
    if (left) {
        assert_true(told || harm.head);
        unlink(path);
    }
    check(run, &after, &harm, left, told);
    spool_image_fini(&before);
    spool_image_fini(&after);
}

/* Each way at each rate; in the short run at one of them. */
static void spoil_at(struct fault_run *run, unsigned rate)
{
    const char *text = getenv("TRAIL_TEST_SEED"); /* one that has failed */
    unsigned first = text == NULL ? 1 : (unsigned)strtoul(text, NULL, 10);
    unsigned seeds = text == NULL && fault_long() ? 20 : 1;

    for (unsigned seed = first; seed < first + seeds; seed++) {
        for (unsigned way = 0; way < WAYS; way++) {
            if (way % FAULT_RATES == rate || text != NULL || fault_long()) {
                print_message("%s, %s/s, seed %u: ", ways[way].name, fault_rates[rate], seed);
                spoil_and_recover(run, &ways[way], fault_rates[rate], seed * 1000 + way);
            }
        }
    }
}

static void test_what_is_undamaged_is_delivered_once_at_20000_a_second(void **state)
{
    spoil_at(*state, 0);
}

static void test_what_is_undamaged_is_delivered_once_at_400000_a_second(void **state)
{
    spoil_at(*state, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAULT_CASE(test_what_is_undamaged_is_delivered_once_at_20000_a_second),
        FAULT_CASE(test_what_is_undamaged_is_delivered_once_at_400000_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
