/* Sink: futexes. */
#include "sink/futex.h"

#include "core/clock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void trl_futex_wait(atomic_uint *word, unsigned expected, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / 1000000000u),
                               .tv_nsec = (long)(timeout_ns % 1000000000u)};

    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &timeout, NULL, 0);
}

void trl_futex_wake(atomic_uint *word)
{
    atomic_fetch_add(word, 1);
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

bool trl_lock_until(struct trl_lock *lock, uint64_t deadline_ns)
{
    unsigned state = 0;

    if (atomic_compare_exchange_strong(&lock->state, &state, 1)) {
        return true;
    }
    while (atomic_exchange(&lock->state, 2) != 0) {
        uint64_t now_ns = trl_clock_monotonic_ns();
        if (now_ns >= deadline_ns) {
            return false;
        }
        trl_futex_wait(&lock->state, 2, deadline_ns - now_ns);
    }
    return true;
}

void trl_unlock(struct trl_lock *lock)
{
    if (atomic_exchange(&lock->state, 0) == 2) {
        syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
}
