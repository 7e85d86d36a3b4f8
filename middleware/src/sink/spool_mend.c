/* Sink: the chunks of a spool that somebody else wrote. Every byte of them may be wrong. */
#include "sink/spool_layout.h"

#include <string.h>

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
        if (size == 0 || size > TRAIL_LINE_MAX || size > trl_place_bytes(committed) - at ||
            trl_entry_level(entry) < TRAIL_LEVEL_DEBUG ||
            trl_entry_level(entry) >= TRAIL_LEVEL_OFF) {
            return false;
        }
        at += size;
        /* What was delivered may have been wiped; what was not must be one line. */
        if (line >= trl_place_lines(consumed) &&
            memchr(chunk->text + at - size, '\n', size) != chunk->text + at - 1) {
            return false;
        }
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

static bool looks_like_a_line(const char *line, size_t size)
{
    return size >= 3 && size <= TRAIL_LINE_MAX && line[0] == '{' && line[size - 2] == '}' &&
           memchr(line, '\0', size) == NULL;
}

/* Makes the index anew from the newlines up to limit. Lines are moved together at the front, so
 * that the places are right again; nothing of what is left out was a line. */
static void rebuild(struct trl_spool_map *map, struct trl_chunk *chunk, uint32_t from,
                    uint32_t limit, struct trl_layout_damage *damage)
{
    uint32_t room = trl_chunk_room(map);
    uint32_t lines = 0;
    uint32_t end = 0;

    damage->chunks++;
    for (uint32_t at = from; at < limit;) {
        const char *found = memchr(chunk->text + at, '\n', limit - at);
        uint32_t size = found == NULL ? limit - at : (uint32_t)(found - (chunk->text + at)) + 1;
        bool is_line = found != NULL && looks_like_a_line(chunk->text + at, size);
        /* The index must not grow into lines that are still to be read. */
        if (is_line && (lines + 1) * sizeof(uint32_t) <= room - limit) {
            enum trail_level level = level_of(chunk->text + at, size);
            memmove(chunk->text + end, chunk->text + at, size);
            *trl_chunk_entry(map, chunk, lines) = trl_entry(level, size);
            lines++;
            end += size;
        } else {
            damage->bytes += size;
        }
        at += size;
    }
    atomic_store(&chunk->consumed, 0);
    atomic_store(&chunk->committed, trl_place(lines, end));
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

void trl_layout_mend(struct trl_spool_map *map, struct trl_layout_damage *ret_damage)
{
    uint32_t room = trl_chunk_room(map);

    *ret_damage = (struct trl_layout_damage){0};
    for (uint32_t i = 0; i < map->chunk_count; i++) {
        struct trl_chunk *chunk = trl_chunk_at(map, i);
        uint64_t committed = chunk->committed;
        uint64_t consumed = chunk->consumed;
        if (trl_place_bytes(committed) <= trl_place_bytes(consumed) &&
            trl_place_lines(committed) <= trl_place_lines(consumed)) {
            /* Delivered, or never used: even a batch that names it has nothing to finish here,
             * unless its index is whole. */
            if (!index_fits(map, chunk, committed, committed)) {
                atomic_store(&chunk->committed, 0);
                atomic_store(&chunk->consumed, 0);
            }
            continue;
        }
        if (!index_fits(map, chunk, consumed, committed)) {
            uint32_t limit = trl_place_bytes(committed);
            uint32_t from = trl_place_bytes(consumed);
            /* Room for an index of lines of 128 bytes, which is less than any has. */
            limit = limit < room - room / 32 ? limit : room - room / 32;
            rebuild(map, chunk, from < limit ? from : 0, limit, ret_damage);
        }
    }
    if (atomic_load(&map->head->batch_open) != 0 && !batch_is_sound(map)) {
        atomic_store(&map->head->batch_open, 0);
        ret_damage->chunks++;
    }
}
