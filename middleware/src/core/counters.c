/* Core: counters. A thread's set is found by a thread-local pointer and goes back to a pool when
 * the thread ends, with what it has counted, for the next thread to count on. */
#include "core/counters.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* For threads that have no set because there was no memory; added to atomically. */
static struct trl_counter_set shared = {.taken = true};
static struct trl_counter_set *all_sets = &shared;
static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_key;

TRL_THREAD_LOCAL struct trl_counter_set *trl_counters_own_;

static void give_back(void *set)
{
    trl_counters_own_ = NULL;
    __atomic_store_n(&((struct trl_counter_set *)set)->taken, false, __ATOMIC_RELEASE);
}

static void make_key(void)
{
    have_key = pthread_key_create(&at_thread_end, give_back) == 0;
}

static struct trl_counter_set *take_from_pool(void)
{
    struct trl_counter_set *set = __atomic_load_n(&all_sets, __ATOMIC_ACQUIRE);

    for (; set != NULL; set = set->next) {
        bool expected = false;
        if (__atomic_compare_exchange_n(&set->taken, &expected, true, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED)) {
            return set;
        }
    }
    return NULL;
}

static struct trl_counter_set *add_to_pool(void)
{
    struct trl_counter_set *set = calloc(1, sizeof(*set));

    if (set == NULL) {
        return NULL;
    }
    set->taken = true;
    set->next = __atomic_load_n(&all_sets, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&all_sets, &set->next, set, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED)) {}
    return set;
}

/* Without a set (no memory, no key) this thread adds to the shared one, and tries again next time.
 */
static struct trl_counter_set *find_own(void)
{
    int saved = errno;

    pthread_once(&once, make_key);
    if (have_key) {
        struct trl_counter_set *set = take_from_pool();
        trl_counters_own_ = set != NULL ? set : add_to_pool();
        if (trl_counters_own_ != NULL &&
            pthread_setspecific(at_thread_end, trl_counters_own_) != 0) {
            give_back(trl_counters_own_);
        }
    }
    errno = saved;
    return trl_counters_own_;
}

void trl_count_anew_(enum trl_counter counter, uint64_t amount)
{
    if (find_own() != NULL) {
        trl_count_add(counter, amount);
    } else {
        __atomic_fetch_add(&shared.counts[counter], amount, __ATOMIC_RELAXED);
    }
}

uint64_t trl_counter_sum(enum trl_counter counter)
{
    uint64_t sum = 0;

    for (struct trl_counter_set *set = __atomic_load_n(&all_sets, __ATOMIC_ACQUIRE); set != NULL;
         set = set->next) {
        sum += __atomic_load_n(&set->counts[counter], __ATOMIC_RELAXED);
    }
    return sum;
}
