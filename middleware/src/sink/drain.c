/* Sink: delivering batches of a spool's lines. What is written to the head before and after each
 * step is what lets a successor finish a batch that was cut short. */
#include "sink/drain.h"

#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How long an output that takes nothing may hold up the others. */
#define PATIENCE_NS UINT64_C(1000000000)

enum trail_status trl_drain_init(struct trl_drain *drain, struct trl_spool_map *map,
                                 struct trl_sink *const *sinks, size_t count)
{
    *drain = (struct trl_drain){.map = map, .count = count};
    drain->block = malloc(TRL_BLOCK_BYTES);
    drain->block_lines = malloc(TRL_BLOCK_LINES * sizeof(*drain->block_lines));
    drain->formed = malloc(TRL_TRANSFORM_MAX);
    if (drain->block == NULL || drain->block_lines == NULL || drain->formed == NULL) {
        trl_drain_fini(drain);
        return TRAIL_ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        struct trl_sink *sink = sinks[i];
        bool plain =
            !sink->levelled && sink->level <= TRAIL_LEVEL_DEBUG && sink->transform.fn == NULL;
        drain->outputs[i].sink = sink;
        drain->outputs[i].form = sink->ops->batch == NULL ? TRL_FORM_LINES
                                 : plain && sink->ops->batch->unit(sink) == SIZE_MAX
                                     ? TRL_FORM_PIECES
                                     : TRL_FORM_BLOCK;
    }
    return TRAIL_OK;
}

void trl_drain_fini(struct trl_drain *drain)
{
    free(drain->block);
    free(drain->block_lines);
    free(drain->formed);
    drain->block = NULL;
    drain->block_lines = NULL;
    drain->formed = NULL;
}

void trl_cursor_start(const struct trl_drain *drain, struct trl_cursor *ret_cursor)
{
    uint64_t from = drain->map->head->pieces[0].from;

    *ret_cursor =
        (struct trl_cursor){.line = trl_place_lines(from), .bytes = trl_place_bytes(from)};
}

bool trl_cursor_line(const struct trl_drain *drain, struct trl_cursor *cursor,
                     struct trl_line *ret_line)
{
    const struct trl_spool_head *head = drain->map->head;

    while (cursor->piece < head->piece_count &&
           cursor->line == trl_place_lines(head->pieces[cursor->piece].to)) {
        cursor->piece++;
        if (cursor->piece < head->piece_count) {
            uint64_t from = head->pieces[cursor->piece].from;
            cursor->line = trl_place_lines(from);
            cursor->bytes = trl_place_bytes(from);
        }
    }
    if (cursor->piece == head->piece_count) {
        return false;
    }
    struct trl_chunk *chunk = trl_chunk_at(drain->map, head->pieces[cursor->piece].chunk);
    uint32_t entry = *trl_chunk_entry(drain->map, chunk, cursor->line);
    *ret_line = (struct trl_line){.text = chunk->text + cursor->bytes,
                                  .size = trl_entry_size(entry),
                                  .level = trl_entry_level(entry)};
    return true;
}

void trl_cursor_next(struct trl_cursor *cursor, const struct trl_line *line)
{
    cursor->line++;
    cursor->batch_line++;
    cursor->bytes += line->size;
    cursor->partial = 0;
}

void trl_drain_begin(struct trl_drain *drain, uint32_t piece_count)
{
    struct trl_spool_head *head = drain->map->head;

    head->piece_count = piece_count;
    for (size_t i = 0; i < drain->count; i++) {
        struct trl_drain_output *output = &drain->outputs[i];
        atomic_store_explicit(&head->progress[i].state, TRL_PROGRESS_NONE, memory_order_release);
        output->done = false;
        output->taken = false;
        output->marked = false;
        trl_cursor_start(drain, &output->cursor);
    }
    drain->batch_lines = 0;
    for (uint32_t i = 0; i < piece_count; i++) {
        drain->batch_lines +=
            trl_place_lines(head->pieces[i].to) - trl_place_lines(head->pieces[i].from);
    }
    atomic_store_explicit(&head->batch_open, 1, memory_order_release);
}

/* Notes in the head which line goes where the output's file ends now. */
static void set_mark(struct trl_drain *drain, struct trl_drain_output *output)
{
    struct trl_progress *progress = &drain->map->head->progress[output - drain->outputs];
    struct trl_file_mark mark = {0};
    bool is_file = output->sink->ops->batch->mark(output->sink, &mark);

    if (output->marked && is_file && mark.device == output->mark.device &&
        mark.inode == output->mark.inode) {
        return;
    }
    if (output->marked && is_file) {
        output->cursor.partial = 0; /* another file: a torn line begins anew in it */
    }
    bool first = atomic_load(&progress->state) != TRL_PROGRESS_SLOT_0;
    progress->slots[first ? 0 : 1].line = output->cursor.batch_line;
    progress->slots[first ? 0 : 1].is_file = is_file;
    progress->slots[first ? 0 : 1].mark = mark;
    atomic_store_explicit(&progress->state, first ? TRL_PROGRESS_SLOT_0 : TRL_PROGRESS_SLOT_1,
                          memory_order_release);
    output->mark = mark;
    output->marked = true;
}

/* The batch from the cursor on, as it stands in the chunks. */
static int gather(const struct trl_drain *drain, const struct trl_cursor *cursor,
                  struct iovec parts[TRL_SPOOL_PIECES_MAX])
{
    const struct trl_spool_head *head = drain->map->head;
    int count = 0;

    for (uint32_t i = cursor->piece; i < head->piece_count; i++) {
        const struct trl_piece *piece = &head->pieces[i];
        uint32_t from =
            i == cursor->piece ? cursor->bytes + cursor->partial : trl_place_bytes(piece->from);
        uint32_t size = trl_place_bytes(piece->to) - from;
        if (size > 0) {
            parts[count].iov_base = trl_chunk_at(drain->map, piece->chunk)->text + from;
            parts[count].iov_len = size;
            count++;
        }
    }
    return count;
}

/* Moves the cursor over bytes of plain lines. */
static void advance(const struct trl_drain *drain, struct trl_cursor *cursor, size_t bytes)
{
    struct trl_line line;

    while (bytes > 0 && trl_cursor_line(drain, cursor, &line)) {
        size_t left = line.size - cursor->partial;
        if (bytes < left) {
            cursor->partial += (uint32_t)bytes;
            return;
        }
        bytes -= left;
        trl_cursor_next(cursor, &line);
    }
}

static int deliver_pieces(struct trl_drain *drain, struct trl_drain_output *output, int wait_ms)
{
    struct iovec parts[TRL_SPOOL_PIECES_MAX];
    int count;

    while ((count = gather(drain, &output->cursor, parts)) > 0) {
        size_t all = 0;
        for (int i = 0; i < count; i++) {
            all += parts[i].iov_len;
        }
        ssize_t taken = output->sink->ops->batch->writev(output->sink, parts, count, wait_ms);
        if (taken < 0) {
            return (int)-taken;
        }
        output->taken = true;
        if ((size_t)taken == all) {
            return 0;
        }
        advance(drain, &output->cursor, (size_t)taken);
    }
    return 0;
}

/* Fills the block from the cursor on with lines in the sink's form; returns how many. */
static uint32_t make_block(struct trl_drain *drain, struct trl_drain_output *output,
                           struct trl_cursor cursor)
{
    struct trl_line line;
    uint32_t count = 0;
    uint32_t end = 0;

    while (count < TRL_BLOCK_LINES && TRL_BLOCK_BYTES - end >= TRL_TRANSFORM_MAX &&
           trl_cursor_line(drain, &cursor, &line)) {
        size_t size = line.size;
        trl_cursor_next(&cursor, &line);
        if (line.level < output->sink->level) {
            continue;
        }
        const char *formed = trl_sink_transform(output->sink, line.text, &size, drain->block + end);
        if (formed == line.text) {
            memcpy(drain->block + end, line.text, size);
        }
        end += (uint32_t)size;
        drain->block_lines[count++] = (struct trl_block_line){.end = end, .after = cursor};
    }
    return count;
}

/* How much goes out in one write from at on: all of it, or whole lines up to the unit, or a piece
 * of a line that is longer. */
static uint32_t choose_end(const struct trl_drain *drain, uint32_t at, uint32_t line,
                           uint32_t count, size_t unit)
{
    const struct trl_block_line *lines = drain->block_lines;
    uint32_t end = at;

    if (unit == SIZE_MAX) {
        return lines[count - 1].end;
    }
    while (line < count && lines[line].end - at <= unit) {
        end = lines[line++].end;
    }
    return end > at ? end : at + (uint32_t)unit;
}

/* Where an output can't be asked what has reached it, a successor has to know. */
static void set_torn(struct trl_drain *drain, const struct trl_drain_output *output, bool torn)
{
    _Atomic uint32_t *noted = &drain->map->head->progress[output - drain->outputs].torn;

    if ((atomic_load_explicit(noted, memory_order_relaxed) != 0) != torn) {
        atomic_store_explicit(noted, torn, memory_order_release);
    }
}

static int deliver_block(struct trl_drain *drain, struct trl_drain_output *output, int wait_ms)
{
    const struct trl_batch_ops *ops = output->sink->ops->batch;
    size_t unit = ops->unit(output->sink);
    uint32_t count;

    while ((count = make_block(drain, output, output->cursor)) > 0) {
        const struct trl_block_line *lines = drain->block_lines;
        uint32_t at = output->cursor.partial;
        for (uint32_t line = 0; line < count;) {
            uint32_t end = choose_end(drain, at, line, count, unit);
            struct iovec part = {.iov_base = drain->block + at, .iov_len = end - at};
            set_torn(drain, output, output->cursor.partial > 0 || end < lines[line].end);
            ssize_t taken = ops->writev(output->sink, &part, 1, wait_ms);
            if (taken < 0) {
                set_torn(drain, output, output->cursor.partial > 0);
                return (int)-taken;
            }
            output->taken = true;
            at += (uint32_t)taken;
            while (line < count && lines[line].end <= at) {
                output->cursor = lines[line++].after;
            }
            output->cursor.partial = at - (line == 0 ? 0 : lines[line - 1].end);
            set_torn(drain, output, output->cursor.partial > 0);
        }
    }
    return 0;
}

static int deliver_lines(struct trl_drain *drain, struct trl_drain_output *output)
{
    struct trl_line line;

    while (trl_cursor_line(drain, &output->cursor, &line)) {
        trl_cursor_next(&output->cursor, &line);
        if (line.level >= output->sink->level) {
            size_t size = line.size;
            const char *formed = trl_sink_transform(output->sink, line.text, &size, drain->formed);
            output->taken |= output->sink->ops->write(output->sink, line.level, formed, size);
        }
    }
    return 0;
}

/* 0, or the errno of what stands in the way. */
static int attempt(struct trl_drain *drain, struct trl_drain_output *output, uint64_t now_ns,
                   int wait_ms)
{
    const struct trl_batch_ops *ops = output->sink->ops->batch;

    if (ops == NULL) {
        return deliver_lines(drain, output);
    }
    if (!ops->ready(output->sink, now_ns, output->cursor.partial == 0)) {
        return EIO;
    }
    set_mark(drain, output);
    return output->form == TRL_FORM_PIECES ? deliver_pieces(drain, output, wait_ms)
                                           : deliver_block(drain, output, wait_ms);
}

/* The lines that output has not taken are lost to it. */
static void give_up(struct trl_drain *drain, struct trl_drain_output *output)
{
    enum trail_drop_reason reason =
        output->error == EAGAIN ? TRAIL_DROP_OVERFLOW : TRAIL_DROP_SINK_ERROR;
    uint64_t lost[TRAIL_LEVEL_OFF] = {0};
    struct trl_cursor *cursor = &output->cursor;
    struct trl_line line;

    while (trl_cursor_line(drain, cursor, &line)) {
        size_t size = line.size;
        const char *formed = trl_sink_transform(output->sink, line.text, &size, drain->formed);
        if (cursor->partial > 0) {
            output->sink->ops->batch->owe(output->sink, line.level, formed + cursor->partial,
                                          size - cursor->partial);
        } else {
            lost[line.level] += line.level >= output->sink->level;
        }
        trl_cursor_next(cursor, &line);
    }
    for (int level = TRAIL_LEVEL_DEBUG; level < TRAIL_LEVEL_OFF; level++) {
        if (lost[level] > 0) {
            trl_sink_dropped(output->sink, reason, (enum trail_level)level, lost[level]);
        }
    }
}

static void set_done(struct trl_drain *drain, struct trl_drain_output *output)
{
    struct trl_progress *progress = &drain->map->head->progress[output - drain->outputs];

    atomic_store_explicit(&progress->state, TRL_PROGRESS_DONE, memory_order_release);
    output->done = true;
}

static void close_batch(struct trl_drain *drain)
{
    struct trl_spool_head *head = drain->map->head;

    for (uint32_t i = 0; i < head->piece_count; i++) {
        struct trl_chunk *chunk = trl_chunk_at(drain->map, head->pieces[i].chunk);
        atomic_store_explicit(&chunk->consumed, head->pieces[i].to, memory_order_release);
    }
    atomic_store_explicit(&head->batch_open, 0, memory_order_release);
}

bool trl_drain_all_fail(const struct trl_drain *drain)
{
    for (size_t i = 0; i < drain->count; i++) {
        if (drain->outputs[i].error == 0 || drain->outputs[i].error == EAGAIN) {
            return false;
        }
    }
    return true;
}

enum trl_drain_result trl_drain_try(struct trl_drain *drain, int wait_ms)
{
    uint64_t now_ns = trl_clock_monotonic_ns();
    size_t healthy = 0;
    size_t left = 0;

    drain->waited = false;
    for (size_t i = 0; i < drain->count; i++) {
        struct trl_drain_output *output = &drain->outputs[i];
        bool patient = output->trouble_ns == 0 || now_ns < output->trouble_ns + PATIENCE_NS;
        if (!output->done) {
            output->error = attempt(drain, output, now_ns, patient ? wait_ms : 0);
            drain->waited |= patient && output->error == EAGAIN;
            if (output->error == 0) {
                set_done(drain, output);
                output->trouble_ns = 0;
            } else if (output->trouble_ns == 0) {
                output->trouble_ns = now_ns;
            }
        }
        healthy += output->done;
    }
    for (size_t i = 0; i < drain->count; i++) {
        struct trl_drain_output *output = &drain->outputs[i];
        if (!output->done && healthy > 0 &&
            (output->error != EAGAIN || now_ns >= output->trouble_ns + PATIENCE_NS)) {
            give_up(drain, output);
            set_done(drain, output);
        }
        left += !output->done;
    }
    if (left > 0) {
        return TRL_HELD;
    }
    close_batch(drain);
    return TRL_DELIVERED;
}
