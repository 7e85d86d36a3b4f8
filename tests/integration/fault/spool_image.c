/* Which line stands where in a spool, so that what damage may cost is known. */
#include "unit.h"

#include "spool_image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t spool_image_chunk(const struct spool_image *image, uint32_t number)
{
    return TRL_SPOOL_HEAD_BYTES + (uint64_t)number * image->map.chunk_bytes;
}

static bool is_in_batch(const struct trl_spool_head *head, uint32_t number, uint32_t line)
{
    for (uint32_t i = 0; atomic_load(&head->batch_open) != 0 && i < head->piece_count; i++) {
        const struct trl_piece *piece = &head->pieces[i];
        if (piece->chunk == number && line >= trl_place_lines(piece->from) &&
            line < trl_place_lines(piece->to)) {
            return true;
        }
    }
    return false;
}

static void add_line(struct spool_image *image, uint32_t number, uint32_t i, uint64_t at,
                     uint32_t size)
{
    struct spool_line line = {
        .at = at,
        .size = size,
        .chunk_at = spool_image_chunk(image, number),
        .entry_at =
            spool_image_chunk(image, number) + image->map.chunk_bytes - 4 * (i + UINT64_C(1)),
        .in_batch = is_in_batch(image->map.head, number, i),
    };
    const char *thread = memmem(image->bytes + at, size, "\"thread\":", 9);

    assert_non_null(thread);
    assert_int_equal(sscanf(thread, "\"thread\":%u,\"number\":%lu,", &line.thread, &line.number),
                     2);
    if (image->line_count % 1024 == 0) {
        image->lines = realloc(image->lines, (image->line_count + 1024) * sizeof(line));
        assert_non_null(image->lines);
    }
    image->lines[image->line_count++] = line;
}

static void add_chunk(struct spool_image *image, uint32_t number)
{
    struct trl_chunk *chunk = trl_chunk_at(&image->map, number);
    uint64_t consumed = atomic_load(&chunk->consumed);
    uint64_t committed = atomic_load(&chunk->committed);
    uint64_t at = spool_image_chunk(image, number) + TRL_CHUNK_HEAD_BYTES;
    uint32_t from = trl_place_lines(consumed);

    at += trl_place_bytes(consumed);
    if (from < trl_place_lines(committed)) {
        image->used[image->used_count++] = number;
    }
    for (uint32_t i = from; i < trl_place_lines(committed); i++) {
        uint32_t size = trl_entry_size(*trl_chunk_entry(&image->map, chunk, i));
        add_line(image, number, i, at, size);
        at += size;
    }
}

void spool_image_read(struct spool_image *image, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &status), 0);
    *image = (struct spool_image){.size = (uint64_t)status.st_size};
    image->bytes = calloc(1, image->size + SPOOL_IMAGE_SLACK);
    assert_non_null(image->bytes);
    assert_int_equal(read(fd, image->bytes, image->size), image->size);
    close(fd);
    image->map = (struct trl_spool_map){.head = (struct trl_spool_head *)(void *)image->bytes,
                                        .size_bytes = image->size};
    assert_true(trl_layout_check_head(&image->map));
    image->used = calloc(image->map.chunk_count, sizeof(*image->used));
    assert_non_null(image->used);
    for (uint32_t number = 0; number < image->map.chunk_count; number++) {
        add_chunk(image, number);
    }
    assert_true(image->used_count > 0);
}

static void *copy_of(const void *bytes, size_t size)
{
    void *copy = malloc(size);

    assert_non_null(copy);
    return memcpy(copy, bytes, size);
}

void spool_image_copy(struct spool_image *image, const struct spool_image *other)
{
    *image = *other;
    image->bytes = copy_of(other->bytes, other->size + SPOOL_IMAGE_SLACK);
    image->lines = copy_of(other->lines, other->line_count * sizeof(*other->lines));
    image->used = copy_of(other->used, other->map.chunk_count * sizeof(*other->used));
    image->map.head = (struct trl_spool_head *)(void *)image->bytes;
}

void spool_image_write(const struct spool_image *image, const char *path)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, image->bytes, image->size), image->size);
    if (image->hole_size > 0) {
        assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                   (off_t)image->hole_at, (off_t)image->hole_size),
                         0);
    }
    close(fd);
}

void spool_image_fini(struct spool_image *image)
{
    free(image->bytes);
    free(image->lines);
    free(image->used);
}

bool spool_image_differs(const struct spool_image *before, const struct spool_image *after,
                         uint64_t at, uint64_t size)
{
    return at + size > after->size || memcmp(before->bytes + at, after->bytes + at, size) != 0;
}
