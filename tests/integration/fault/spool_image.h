/* A dead process's spool as the test that damages it knows it. */
#ifndef TRAIL_TESTS_FAULT_SPOOL_IMAGE_H
#define TRAIL_TESTS_FAULT_SPOOL_IMAGE_H

#include "sink/spool_layout.h"

/* Room behind the file's end. */
#define SPOOL_IMAGE_SLACK 70000u

/* A line that was not delivered. Places are offsets in the file. */
struct spool_line {
    unsigned thread;
    uint64_t number;
    uint64_t at;
    uint64_t size;
    uint64_t entry_at;
    uint64_t chunk_at;
    bool in_batch; /* of the batch that was under way */
    bool hit;
};

struct spool_image {
    char *bytes;
    uint64_t size;
    struct trl_spool_map map; /* of bytes */
    struct spool_line *lines;
    size_t line_count;
    uint32_t *used; /* chunks with lines that were not delivered */
    uint32_t used_count;
    uint64_t hole_at;
    uint64_t hole_size; /* 0: none */
};

/* Reads a sound spool. */
void spool_image_read(struct spool_image *image, const char *path);
void spool_image_copy(struct spool_image *image, const struct spool_image *other);
void spool_image_write(const struct spool_image *image, const char *path);
void spool_image_fini(struct spool_image *image);

uint64_t spool_image_chunk(const struct spool_image *image, uint32_t number);

/* Whether bytes of before are others in after, or gone. */
bool spool_image_differs(const struct spool_image *before, const struct spool_image *after,
                         uint64_t at, uint64_t size);

#endif
