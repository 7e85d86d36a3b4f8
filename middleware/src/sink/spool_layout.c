/* Sink: the head of a spool that somebody else wrote. Every byte of it may be wrong. */
#include "sink/spool_layout.h"

#include <string.h>

static bool terminated(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static bool outputs_are_sound(const struct trl_spool_head *head)
{
    if (head->output_count > TRL_OUTPUTS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < head->output_count; i++) {
        const struct trl_spool_output *output = &head->outputs[i];
        if (!terminated(output->name, sizeof(output->name)) ||
            !terminated(output->transform, sizeof(output->transform)) ||
            output->level > TRAIL_LEVEL_OFF) {
            return false;
        }
    }
    return true;
}

bool trl_layout_check_head(struct trl_spool_map *map)
{
    const struct trl_spool_head *head = map->head;

    if (map->size_bytes < TRL_SPOOL_HEAD_BYTES ||
        memcmp(head->magic, TRL_SPOOL_MAGIC, sizeof(head->magic)) != 0 ||
        head->head_bytes != TRL_SPOOL_HEAD_BYTES || head->chunk_bytes < TRL_CHUNK_BYTES_MIN ||
        head->chunk_bytes > TRL_CHUNK_BYTES_MAX || head->chunk_bytes % 4096 != 0 ||
        head->chunk_count > TRL_CHUNKS_MAX || !terminated(head->service, sizeof(head->service)) ||
        !terminated(head->identity, sizeof(head->identity)) || !outputs_are_sound(head)) {
        return false;
    }
    size_t chunks = (map->size_bytes - TRL_SPOOL_HEAD_BYTES) / head->chunk_bytes;
    map->chunk_bytes = head->chunk_bytes;
    map->chunk_count = head->chunk_count < chunks ? head->chunk_count : (uint32_t)chunks;
    return true;
}
