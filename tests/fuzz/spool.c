/* The reader of dead processes' spools: a sound spool, with bytes overwritten wherever the input
 * says. Whatever it holds, reading ends, stays inside, and delivers lines only.
 *
 * The input is a list of patches: offset (4 bytes, little endian), size (1 byte), bytes. */
#include "fuzz.h"

#include "sink/drain.h"

#include <limits.h>
#include <string.h>

enum { CHUNKS = TRL_CHUNKS_MIN, LINES = 40 };
enum { SIZE = (int)(TRL_SPOOL_HEAD_BYTES + CHUNKS * TRL_CHUNK_BYTES_MIN) };

static _Alignas(4096) char image[SIZE];

static bool take_line(struct trl_sink *sink, enum trail_level level, const char *line, size_t size)
{
    (void)sink;
    FUZZ_CHECK(level >= TRAIL_LEVEL_DEBUG && level < TRAIL_LEVEL_OFF);
    FUZZ_CHECK(size > 0 && size <= TRAIL_LINE_MAX && line[size - 1] == '\n');
    return true;
}

static bool ready(struct trl_sink *sink, uint64_t now_ns, bool between_lines)
{
    (void)sink;
    (void)now_ns;
    (void)between_lines;
    return true;
}

static size_t unit(const struct trl_sink *sink)
{
    return sink->level == TRAIL_LEVEL_DEFAULT ? SIZE_MAX : PIPE_BUF;
}

static bool mark(struct trl_sink *sink, struct trl_file_mark *ret_mark)
{
    (void)sink;
    (void)ret_mark;
    return false;
}

/* Takes half of what is offered, so that every rest is gone through. */
static ssize_t take_parts(struct trl_sink *sink, const struct iovec *parts, int count, int wait_ms)
{
    size_t size = 0;
    unsigned sum = 0;

    (void)sink;
    (void)wait_ms;
    for (int i = 0; i < count; i++) {
        const char *bytes = parts[i].iov_base;
        for (size_t at = 0; at < parts[i].iov_len; at += 61) {
            sum += (unsigned char)bytes[at];
        }
        size += parts[i].iov_len;
    }
    return (ssize_t)(size - size / 2 + (sum & 0)); /* all bytes have been looked at */
}

static const struct trl_batch_ops batch_ops = {
    .ready = ready, .unit = unit, .mark = mark, .writev = take_parts};
static const struct trl_sink_ops batch_sink = {.write = take_line, .batch = &batch_ops};
static const struct trl_sink_ops line_sink = {.write = take_line};

static void fill(struct trl_spool_map *map)
{
    struct trl_spool_head *head = map->head;

    memset(image, 0, sizeof(image));
    memcpy(head->magic, TRL_SPOOL_MAGIC, sizeof(head->magic));
    head->head_bytes = TRL_SPOOL_HEAD_BYTES;
    head->chunk_bytes = TRL_CHUNK_BYTES_MIN;
    head->chunk_count = CHUNKS;
    head->output_count = 3;
    strcpy(head->service, "fuzz");
    for (uint32_t i = 0; i < 3; i++) {
        strcpy(head->outputs[i].name, "file:/nonexistent/fuzz");
        atomic_store(&head->progress[i].state, TRL_PROGRESS_SLOT_0);
    }
    map->chunk_bytes = TRL_CHUNK_BYTES_MIN;
    for (uint32_t i = 0; i < 4; i++) {
        struct trl_chunk *chunk = trl_chunk_at(map, i);
        uint32_t at = 0;
        for (uint32_t line = 0; line < LINES; line++) {
            int size = sprintf(chunk->text + at, "{\"level\":\"warn\",\"n\":%u}\n", line * i);
            *trl_chunk_entry(map, chunk, line) = trl_entry(TRAIL_LEVEL_WARN, (size_t)size);
            at += (uint32_t)size;
        }
        atomic_store(&chunk->ticket, i + 1);
        atomic_store(&chunk->committed, trl_place(LINES, at));
        if (i == 0) {
            head->pieces[0] = (struct trl_piece){.chunk = 0, .to = trl_place(LINES, at)};
        }
    }
    head->piece_count = 1;
    atomic_store(&head->batch_open, 1);
}

static void patch(const uint8_t *data, size_t size)
{
    while (size >= 5) {
        uint32_t offset;
        size_t length = data[4];
        memcpy(&offset, data, sizeof(offset));
        data += 5;
        size -= 5;
        length = length < size ? length : size;
        offset %= SIZE;
        length = length < SIZE - offset ? length : SIZE - offset;
        memcpy(image + offset, data, length);
        data += length;
        size -= length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trl_spool_map map = {.head = (struct trl_spool_head *)(void *)image,
                                .size_bytes = sizeof(image)};
    struct trl_layout_damage damage;
    struct trl_sink sinks[3];
    struct trl_sink *list[TRL_OUTPUTS_MAX];

    fill(&map);
    patch(data, size);
    if (!trl_layout_check_head(&map)) {
        return 0;
    }
    trl_layout_mend(&map, &damage);
    trl_sink_init(&sinks[0], &batch_sink, "file:/nonexistent/fuzz");
    trl_sink_init(&sinks[1], &batch_sink, "file:/nonexistent/fuzz");
    trl_sink_init(&sinks[2], &line_sink, "lines");
    sinks[1].level = TRAIL_LEVEL_INFO;
    for (uint32_t i = 0; i < map.head->output_count; i++) {
        list[i] = &sinks[i % 3];
    }
    FUZZ_CHECK(trl_drain_dead(&map, list, map.head->output_count, UINT64_MAX));
    FUZZ_CHECK(trl_drain_lines_left(&map) == 0);
    return 0;
}
