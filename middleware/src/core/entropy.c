/* Core: entropy in blocks. getrandom() costs a system call; a block of 2 KiB serves 128 IDs. */
#include "core/entropy.h"

#include "core/clock.h"
#include "core/thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct block {
    unsigned generation; /* of the process it was drawn in */
    size_t used;
    unsigned char bytes[2048];
};

static TRL_THREAD_LOCAL struct block own = {.used = sizeof(own.bytes)};

/* Counts the forks behind this process; a block of another generation is the parent's. */
static unsigned generation;
static pthread_once_t watch_once = PTHREAD_ONCE_INIT;

static void forked(void)
{
    __atomic_add_fetch(&generation, 1, __ATOMIC_RELAXED);
    explicit_bzero(own.bytes, sizeof(own.bytes));
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forked);
}

static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u); /* splitmix64, Steele et al. 2014 */

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void fill_without_kernel(unsigned char *out, size_t size)
{
    static uint64_t calls;
    uint64_t state = trl_clock_monotonic_ns() ^ ((uint64_t)getpid() << 32) ^ (uintptr_t)&own ^
                     (uint64_t)trl_clock_wall_ms() << 20 ^
                     __atomic_add_fetch(&calls, 0x10001, __ATOMIC_RELAXED);

    while (size > 0) {
        uint64_t word = mix(&state);
        size_t part = size < sizeof(word) ? size : sizeof(word);
        memcpy(out, &word, part);
        out += part;
        size -= part;
    }
}

static void fill(unsigned char *out, size_t size)
{
    int saved = errno;

    while (size > 0) {
        ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            fill_without_kernel(out, size);
            break;
        }
        out += got;
        size -= (size_t)got;
    }
    errno = saved;
}

void trl_entropy(void *out, size_t size)
{
    unsigned now = __atomic_load_n(&generation, __ATOMIC_RELAXED);

    if (size > sizeof(own.bytes)) {
        fill(out, size);
        return;
    }
    if (own.used + size > sizeof(own.bytes) || own.generation != now) {
        pthread_once(&watch_once, watch_forks);
        fill(own.bytes, sizeof(own.bytes));
        own.used = 0;
        own.generation = __atomic_load_n(&generation, __ATOMIC_RELAXED);
    }
    memcpy(out, own.bytes + own.used, size);
    memset(own.bytes + own.used, 0, size);
    own.used += size;
}
