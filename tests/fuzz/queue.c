/* A queue file that holds anything: reading ends, and stays inside. The first 16 bytes are the
 * positions. */
#include "fuzz.h"

#include "sink/ring.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trl_ring ring;
    struct trl_ring_line line;
    size_t bytes = 0;

    if (size < 2 * sizeof(uint64_t)) {
        return 0;
    }
    if (trl_ring_init(&ring, CAPACITY) != TRAIL_OK) {
        abort();
    }
    memcpy(&ring.state->tail, data, sizeof(uint64_t));
    memcpy(&ring.state->head, data + sizeof(uint64_t), sizeof(uint64_t));
    ring.state->tail &= ~UINT64_C(7); /* what is not so is not looked into */
    size -= 2 * sizeof(uint64_t);
    memcpy(ring.bytes, data + 2 * sizeof(uint64_t), size < CAPACITY ? size : CAPACITY);
    struct trl_ring_cursor cursor = trl_ring_begin(&ring);
    while (trl_ring_next(&ring, &cursor, &line)) {
        FUZZ_CHECK(line.text >= ring.bytes && line.text + line.size <= ring.bytes + CAPACITY);
        FUZZ_CHECK(line.level < TRAIL_LEVEL_OFF);
        bytes += line.size;
        trl_ring_release(&ring, cursor);
    }
    FUZZ_CHECK(bytes <= CAPACITY);
    trl_ring_fini(&ring);
    return 0;
}
