/* Sink: the chunks of a spool that somebody else wrote. Every byte of them may be wrong. What
 * damage costs is confined: by the newlines, by the index, which knows where a line ends whose
 * newline is gone, and by the batch under way, which repeats how far its chunks were delivered. */
#include "sink/spool_layout.h"

#include "core/json_read.h"
#include "core/utf8.h"

#include <string.h>

/* What every line begins with. */
#define LINE_HEAD "{\"timestamp\":"

static bool is_plausible(uint32_t entry)
{
    return trl_entry_size(entry) > 0 && trl_entry_size(entry) <= TRAIL_LINE_MAX &&
           trl_entry_level(entry) >= TRAIL_LEVEL_DEBUG && trl_entry_level(entry) < TRAIL_LEVEL_OFF;
}

static bool is_utf8(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t taken = 1;
        bool ascii = (unsigned char)text[at] < 0x80;
        if (!ascii && trl_utf8_decode(text + at, size - at, &taken) == 0xFFFD &&
            (taken != 3 || memcmp(text + at, "\xEF\xBF\xBD", 3) != 0)) {
            return false;
        }
        at += taken;
    }
    return true;
}

/* Whether text is one whole line: a JSON object and a newline. */
static bool is_line(const char *text, size_t size)
{
    struct trl_json_lexer lexer;
    struct trl_json_member member;

    if (size < 3 || size > TRAIL_LINE_MAX || text[0] != '{' || text[size - 2] != '}' ||
        memchr(text, '\n', size) != text + size - 1 || !trl_json_object_begin(&lexer, text, size)) {
        return false;
    }
    while (trl_json_object_next(&lexer, &member)) {}
    return trl_json_object_ok(&lexer) && is_utf8(text, size);
}

/* Whether the index accounts for the lines between two places, each a line indeed. */
static bool index_fits(const struct trl_spool_map *map, struct trl_chunk *chunk, uint64_t consumed,
                       uint64_t committed)
{
    uint32_t room = trl_chunk_room(map);
    uint32_t lines = trl_place_lines(committed);
    uint32_t at = 0;

    if (lines > room / sizeof(uint32_t) ||
        trl_place_bytes(committed) > room - lines * sizeof(uint32_t) ||
        trl_place_lines(consumed) > lines ||
        (trl_place_lines(consumed) == lines && consumed != committed)) {
        return false;
    }
    for (uint32_t line = 0; line < lines; line++) {
        uint32_t entry = *trl_chunk_entry(map, chunk, line);
        uint32_t size = trl_entry_size(entry);
        if (line == trl_place_lines(consumed) && at != trl_place_bytes(consumed)) {
            return false;
        }
        if (!is_plausible(entry) || size > trl_place_bytes(committed) - at) {
            return false;
        }
        /* What was delivered may have been wiped; what was not must be one line. */
        if (line >= trl_place_lines(consumed) && !is_line(chunk->text + at, size)) {
            return false;
        }
        at += size;
    }
    return at == trl_place_bytes(committed);
}

/* The level that a line states; info if it states none. */
static enum trail_level level_of(const char *line, size_t size)
{
    static const char key[] = "\"level\":\"";
    const char *found = memmem(line, size < 128 ? size : 128, key, sizeof(key) - 1);

    if (found != NULL) {
        const char *name = found + sizeof(key) - 1;
        size_t left = size - (size_t)(name - line);
        for (int level = TRAIL_LEVEL_DEBUG; level < TRAIL_LEVEL_OFF; level++) {
            const char *known = trail_level_name((enum trail_level)level);
            size_t length = strlen(known);
            if (length < left && memcmp(name, known, length) == 0 && name[length] == '"') {
                return (enum trail_level)level;
            }
        }
    }
    return TRAIL_LEVEL_INFO;
}

/* Whether the index leads from the end that committed names back to a line: then that end is right,
 * whatever happened in between. */
static bool end_is_right(const struct trl_spool_map *map, struct trl_chunk *chunk,
                         uint64_t committed)
{
    uint32_t at = trl_place_bytes(committed);
    uint32_t line = trl_place_lines(committed);

    if (at > trl_chunk_room(map) || line > (trl_chunk_room(map) - at) / sizeof(uint32_t)) {
        return false;
    }
    while (line > 0) {
        uint32_t entry = *trl_chunk_entry(map, chunk, --line);
        if (!is_plausible(entry) || trl_entry_size(entry) > at) {
            return false;
        }
        at -= trl_entry_size(entry);
        if (is_line(chunk->text + at, trl_entry_size(entry))) {
            return true;
        }
    }
    return false;
}

/* Finds a place on the index, of which one half may be damaged: where its bytes are, or else its
 * lines. False: neither is on it; *ret_bytes is then how far the index goes. */
static bool find_on_index(const struct trl_spool_map *map, struct trl_chunk *chunk, uint64_t place,
                          uint32_t *ret_bytes)
{
    uint32_t room = trl_chunk_room(map);
    bool found = false;
    uint32_t found_bytes = 0;
    uint32_t at = 0;

    for (uint32_t line = 0; line < room / sizeof(uint32_t); line++) {
        uint32_t entry = *trl_chunk_entry(map, chunk, line);
        if (at == trl_place_bytes(place)) {
            *ret_bytes = at;
            return true;
        }
        if (line == trl_place_lines(place)) {
            found = true;
            found_bytes = at;
        }
        if (!is_plausible(entry) || trl_entry_size(entry) > room - at) {
            break;
        }
        at += trl_entry_size(entry);
    }
    *ret_bytes = found ? found_bytes : at;
    return found;
}

static bool follows_newline(const struct trl_chunk *chunk, uint32_t at)
{
    return at == 0 || chunk->text[at - 1] == '\n';
}

/* Where the lines of a damaged chunk end. Behind them stands what was delivered long ago: rather
 * too few of them than some again. */
static uint32_t find_end(const struct trl_spool_map *map, struct trl_chunk *chunk,
                         uint64_t committed)
{
    uint32_t end = trl_place_bytes(committed);
    uint32_t room = trl_chunk_room(map);
    uint32_t last = trl_place_lines(committed) - 1;
    uint32_t on_index;

    if (end_is_right(map, chunk, committed)) {
        return end;
    }
    bool found = find_on_index(map, chunk, committed, &on_index);
    bool index_is_gone =
        last < room / sizeof(uint32_t) && !is_plausible(*trl_chunk_entry(map, chunk, last));
    if (end <= room && (index_is_gone || (!found && follows_newline(chunk, end)))) {
        return end;
    }
    return on_index < end ? on_index : end;
}

/* Where the lines begin that were not delivered; end where nothing tells. */
static uint32_t find_start(const struct trl_spool_map *map, struct trl_chunk *chunk,
                           uint64_t consumed, const struct trl_piece *piece, uint32_t end)
{
    uint32_t start = trl_place_bytes(consumed);

    if (piece == NULL || piece->from != consumed) {
        uint32_t on_index;
        if (find_on_index(map, chunk, consumed, &on_index)) {
            start = on_index;
        } else if (start > end || !follows_newline(chunk, start)) {
            start = end;
        }
    }
    return start < end ? start : end;
}

/* The line that text ends with, if what precedes it has lost its newline. Returns where it begins;
 * size: there is none. */
static uint32_t find_line_within(const char *text, uint32_t size)
{
    uint32_t at = 1;

    while (at < size) {
        const char *found = memmem(text + at, size - at, LINE_HEAD, sizeof(LINE_HEAD) - 1);
        if (found == NULL) {
            return size;
        }
        at = (uint32_t)(found - text);
        if (is_line(found, size - at)) {
            return at;
        }
        at++;
    }
    return size;
}

/* Makes the index anew from the newlines between start and end. Lines are moved together at the
 * front, so that the places are right again, those of the batch's piece too. */
static void rebuild(struct trl_spool_map *map, struct trl_chunk *chunk, uint32_t start,
                    uint32_t end, struct trl_piece *piece, struct trl_layout_damage *damage)
{
    uint32_t piece_end = piece == NULL ? 0 : trl_place_bytes(piece->to);
    uint32_t lines = 0;
    uint32_t kept = 0;
    uint64_t to = 0;

    for (uint32_t at = start; at < end;) {
        const char *text = chunk->text + at;
        const char *found = memchr(text, '\n', end - at);
        uint32_t size = found == NULL ? end - at : (uint32_t)(found - text) + 1;
        uint32_t skipped = is_line(text, size) ? 0 : find_line_within(text, size);
        /* The index must not grow into lines that are still to be read. */
        if (skipped < size && (lines + 1) * sizeof(uint32_t) <= trl_chunk_room(map) - end) {
            enum trail_level level = level_of(text + skipped, size - skipped);
            memmove(chunk->text + kept, text + skipped, size - skipped);
            *trl_chunk_entry(map, chunk, lines) = trl_entry(level, size - skipped);
            lines++;
            kept += size - skipped;
            damage->bytes += skipped;
        } else {
            damage->bytes += size;
        }
        at += size;
        to = at <= piece_end ? trl_place(lines, kept) : to;
    }
    atomic_store(&chunk->consumed, 0);
    atomic_store(&chunk->committed, trl_place(lines, kept));
    if (piece != NULL) {
        piece->from = 0;
        piece->to = to;
    }
}

/* Whether the lines of a piece are lines, and its ends between two of them. */
static bool piece_is_sound(const struct trl_spool_map *map, const struct trl_piece *piece)
{
    uint32_t at = 0;
    bool begins = piece->from == 0;

    if (piece->chunk >= map->chunk_count) {
        return false;
    }
    struct trl_chunk *chunk = trl_chunk_at(map, piece->chunk);
    if (trl_place_lines(piece->to) > trl_place_lines(chunk->committed)) {
        return false;
    }
    for (uint32_t line = 0; line < trl_place_lines(piece->to); line++) {
        at += trl_entry_size(*trl_chunk_entry(map, chunk, line));
        if (begins && chunk->text[at - 1] != '\n') {
            return false;
        }
        begins |= piece->from == trl_place(line + 1, at);
    }
    return begins && at == trl_place_bytes(piece->to);
}

/* Whether the batch can be finished as it stands. */
static bool batch_is_sound(const struct trl_spool_map *map)
{
    const struct trl_spool_head *head = map->head;

    if (head->piece_count > TRL_SPOOL_PIECES_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < head->piece_count; i++) {
        const struct trl_piece *piece = &head->pieces[i];
        if (!piece_is_sound(map, piece)) {
            return false;
        }
        for (uint32_t before = 0; before < i; before++) {
            if (head->pieces[before].chunk == piece->chunk) {
                return false;
            }
        }
    }
    return true;
}

/* The piece of the batch under way that a chunk has; NULL: none. */
static struct trl_piece *piece_of(const struct trl_spool_map *map, uint32_t number)
{
    struct trl_spool_head *head = map->head;

    for (uint32_t i = 0;
         atomic_load(&head->batch_open) != 0 && i < head->piece_count && i < TRL_SPOOL_PIECES_MAX;
         i++) {
        if (head->pieces[i].chunk == number) {
            return &head->pieces[i];
        }
    }
    return NULL;
}

/* A chunk that seems to hold nothing. One that was never taken has no index; and the batch may have
 * been delivered from one whose index is whole. */
static void mend_empty(const struct trl_spool_map *map, uint32_t number,
                       struct trl_layout_damage *damage)
{
    struct trl_chunk *chunk = trl_chunk_at(map, number);
    uint64_t committed = chunk->committed;
    uint32_t indexed;

    if (committed == 0 && chunk->consumed == 0 && chunk->ticket == 0 &&
        !find_on_index(map, chunk, UINT64_MAX, &indexed)) {
        damage->bytes += indexed;
    }
    struct trl_piece *piece = piece_of(map, number);
    bool gone = piece != NULL && trl_place_lines(piece->to) > trl_place_lines(committed);
    if (gone || !index_fits(map, chunk, committed, committed)) {
        atomic_store(&chunk->committed, 0);
        atomic_store(&chunk->consumed, 0);
        if (piece != NULL) {
            damage->bytes += trl_place_bytes(piece->to) - trl_place_bytes(piece->from);
            piece->from = 0;
            piece->to = 0;
        }
    }
}

static void mend_chunk(struct trl_spool_map *map, uint32_t number, struct trl_layout_damage *damage)
{
    struct trl_chunk *chunk = trl_chunk_at(map, number);
    uint64_t committed = chunk->committed;
    uint64_t consumed = chunk->consumed;

    if (trl_place_bytes(committed) <= trl_place_bytes(consumed) &&
        trl_place_lines(committed) <= trl_place_lines(consumed)) {
        mend_empty(map, number, damage);
    } else if (!index_fits(map, chunk, consumed, committed)) {
        struct trl_piece *piece = piece_of(map, number);
        uint32_t end = find_end(map, chunk, committed);
        uint32_t start = find_start(map, chunk, consumed, piece, end);
        damage->chunks++;
        /* Which lines were not looked for is not known: that they may be lost is told. */
        damage->bytes += end != trl_place_bytes(committed) || start != trl_place_bytes(consumed);
        rebuild(map, chunk, start, end, piece, damage);
    }
}

/* Pieces of chunks that a file was cut before. */
static void forget_missing(struct trl_spool_map *map)
{
    struct trl_spool_head *head = map->head;
    uint32_t kept = 0;

    if (head->piece_count > TRL_SPOOL_PIECES_MAX || map->chunk_count == head->chunk_count) {
        return;
    }
    for (uint32_t i = 0; i < head->piece_count; i++) {
        if (head->pieces[i].chunk < map->chunk_count) {
            head->pieces[kept++] = head->pieces[i];
        }
    }
    head->piece_count = kept;
}

void trl_layout_mend(struct trl_spool_map *map, struct trl_layout_damage *ret_damage)
{
    struct trl_spool_head *head = map->head;

    *ret_damage = (struct trl_layout_damage){
        .bytes = (uint64_t)(head->chunk_count - map->chunk_count) * map->chunk_bytes};
    forget_missing(map);
    for (uint32_t number = 0; number < map->chunk_count; number++) {
        mend_chunk(map, number, ret_damage);
    }
    if (atomic_load(&head->batch_open) != 0 && !batch_is_sound(map)) {
        atomic_store(&head->batch_open, 0);
        ret_damage->chunks++;
    }
    map->damaged = ret_damage->bytes > 0 || ret_damage->chunks > 0;
}
