/* Core: entropy in blocks. getrandom() costs a system call; a block serves 32 request IDs. */
#include "core/entropy.h"

#include "core/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* A process that was copied without a fork, as a machine's snapshot is, goes other ways soon. */
#define WORDS_OF_A_STATE 4096

TRL_THREAD_LOCAL struct trl_entropy_block trl_entropy_own_;

unsigned trl_entropy_generation_ = 1;
static pthread_once_t watch_once = PTHREAD_ONCE_INIT;

static void forked(void)
{
    __atomic_add_fetch(&trl_entropy_generation_, 1, __ATOMIC_RELAXED);
    explicit_bzero(&trl_entropy_own_, sizeof(trl_entropy_own_));
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
    uint64_t state = trl_clock_monotonic_ns() ^ ((uint64_t)getpid() << 32) ^
                     (uintptr_t)&trl_entropy_own_ ^ (uint64_t)trl_clock_wall_ms() << 20 ^
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

void trl_entropy_anew_(void *out, size_t size)
{
    struct trl_entropy_block *own = &trl_entropy_own_;

    if (size > sizeof(own->bytes)) {
        fill(out, size);
        return;
    }
    pthread_once(&watch_once, watch_forks);
    fill(own->bytes, sizeof(own->bytes));
    own->left = sizeof(own->bytes);
    own->generation = __atomic_load_n(&trl_entropy_generation_, __ATOMIC_RELAXED);
    trl_entropy(out, size);
}

void trl_entropy_seed_(void)
{
    struct trl_entropy_block *own = &trl_entropy_own_;

    pthread_once(&watch_once, watch_forks);
    fill((unsigned char *)own->state, sizeof(own->state)); /* not of a block that was copied, too */
    own->state[0] |= 1;                                    /* a state of zeros would stay one */
    own->words_left = WORDS_OF_A_STATE;
    own->seeded = __atomic_load_n(&trl_entropy_generation_, __ATOMIC_RELAXED);
}
