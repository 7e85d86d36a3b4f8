#include "unit.h"

#include "faults.h"

#include "core/entropy.h"

#include <errno.h>

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_draws_differ(void **state)
{
    unsigned char drawn[1000][16];

    (void)state;
    for (size_t i = 0; i < 1000; i++) {
        trl_entropy(drawn[i], sizeof(drawn[i]));
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(drawn[i], drawn[j], sizeof(drawn[i]));
        }
    }
}

/* Each draw is a block of its own: the kernel is asked every time. */
static void test_draws_differ_when_the_kernel_gives_none(void **state)
{
    static unsigned char drawn[100][4096];

    (void)state;
    for (unsigned nth = 0; nth < 2; nth++) {
        faults_arm_from(FAULT_GETRANDOM, 1 + nth * 50, nth == 0 ? ENOSYS : EAGAIN);
        errno = EXDEV;
        for (size_t i = 0; i < 100; i++) {
            trl_entropy(drawn[i], sizeof(drawn[i]));
            for (size_t j = 0; j < i; j++) {
                assert_memory_not_equal(drawn[i], drawn[j], 16);
            }
        }
        assert_int_equal(errno, EXDEV);
        assert_int_equal(faults_disarm(), 100);
    }
}

static void test_an_interrupted_draw_is_made_again(void **state)
{
    static unsigned char drawn[4096];

    (void)state;
    faults_arm(FAULT_GETRANDOM, 1, EINTR);
    trl_entropy(drawn, sizeof(drawn));
    assert_int_equal(faults_disarm(), 2);
}

static void test_a_draw_may_be_larger_than_a_block(void **state)
{
    static unsigned char drawn[10000];
    static const unsigned char zero[64];

    (void)state;
    trl_entropy(drawn, sizeof(drawn));
    for (size_t i = 0; i + sizeof(zero) <= sizeof(drawn); i += sizeof(zero)) {
        assert_memory_not_equal(drawn + i, zero, sizeof(zero));
    }
}

static void test_a_child_process_draws_other_bytes(void **state)
{
    unsigned char warm[16];
    unsigned char mine[16];
    unsigned char childs[16];
    int ends[2];

    (void)state;
    trl_entropy(warm, sizeof(warm)); /* a block is there and partly used when the fork comes */
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        trl_entropy(childs, sizeof(childs));
        _exit(write(ends[1], childs, sizeof(childs)) == sizeof(childs) ? 0 : 1);
    }
    trl_entropy(mine, sizeof(mine));
    assert_int_equal(read(ends[0], childs, sizeof(childs)), sizeof(childs));
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_memory_not_equal(mine, childs, sizeof(mine));
    close(ends[0]);
    close(ends[1]);
}

static void *draw(void *out)
{
    trl_entropy(out, 16);
    return NULL;
}

static void test_threads_draw_other_bytes(void **state)
{
    unsigned char drawn[8][16];
    pthread_t threads[8];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, draw, drawn[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(drawn[i], drawn[j], sizeof(drawn[i]));
        }
    }
}

/* Apart: where it stands in line, gcc 12 tests the flags of an addition for the address of the
 * thread's block, and the linker makes of that addition one that sets none. */
static __attribute__((noinline)) uint64_t next_word(void)
{
    return trl_entropy_unique();
}

static void draw_words(uint64_t out[4])
{
    for (size_t i = 0; i < 4; i++) {
        out[i] = next_word();
    }
}

static void assert_words_differ(const uint64_t some[4], const uint64_t others[4])
{
    for (size_t i = 0; i < 16; i++) {
        assert_true(some[i / 4] != others[i % 4]);
    }
}

static void *draw_words_in_thread(void *out)
{
    draw_words(out);
    return NULL;
}

static void test_words_differ_in_threads_and_child_processes(void **state)
{
    uint64_t mine[4];
    uint64_t next[4];
    uint64_t others[4];
    pthread_t thread;
    int ends[2];

    (void)state;
    draw_words(mine);
    draw_words(next);
    assert_words_differ(mine, next);
    assert_int_equal(pthread_create(&thread, NULL, draw_words_in_thread, others), 0);
    pthread_join(thread, NULL);
    assert_words_differ(mine, others);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        draw_words(others);
        _exit(write(ends[1], others, sizeof(others)) == sizeof(others) ? 0 : 1);
    }
    draw_words(mine);
    assert_int_equal(read(ends[0], others, sizeof(others)), sizeof(others));
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_words_differ(mine, others);
    close(ends[0]);
    close(ends[1]);
}

/* The first words of the generator's reference implementation from this state. */
static void test_words_are_those_of_the_reference(void **state)
{
    static const uint64_t words[] = {41943041,
                                     58720359,
                                     3588806011781223,
                                     3591011842654386,
                                     9228616714210784205u,
                                     9973669472204895162u};

    (void)state;
    (void)next_word(); /* it is seeded */
    trl_entropy_own_.words_left = 100;
    memcpy(trl_entropy_own_.state, (const uint64_t[]){1, 2, 3, 4}, 4 * sizeof(uint64_t));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_true(next_word() == words[i]);
    }
}

static void test_a_state_is_drawn_anew_in_the_end(void **state)
{
    struct trl_entropy_block copy;
    bool differ = false;

    (void)state;
    (void)next_word();
    memcpy(&copy, &trl_entropy_own_, sizeof(copy));
    uint64_t last = 0;
    for (unsigned i = 0; i <= copy.words_left; i++) {
        last = next_word();
    }
    memcpy(&trl_entropy_own_, &copy, sizeof(copy));
    for (unsigned i = 0; i <= copy.words_left; i++) {
        differ = next_word() != last;
    }
    assert_true(differ);
}

/* Each of 64 bits is set in about half of the words. */
static void test_words_are_spread_evenly(void **state)
{
    enum { WORDS = 100000 };
    unsigned set[64] = {0};

    (void)state;
    for (int i = 0; i < WORDS; i++) {
        uint64_t word = next_word();
        for (int bit = 0; bit < 64; bit++) {
            set[bit] += (unsigned)(word >> bit & 1);
        }
    }
    for (int bit = 0; bit < 64; bit++) {
        assert_in_range(set[bit], WORDS / 2 - 1600, WORDS / 2 + 1600); /* 10 deviations */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_differ),
        cmocka_unit_test(test_draws_differ_when_the_kernel_gives_none),
        cmocka_unit_test(test_an_interrupted_draw_is_made_again),
        cmocka_unit_test(test_a_draw_may_be_larger_than_a_block),
        cmocka_unit_test(test_a_child_process_draws_other_bytes),
        cmocka_unit_test(test_threads_draw_other_bytes),
        cmocka_unit_test(test_words_differ_in_threads_and_child_processes),
        cmocka_unit_test(test_words_are_those_of_the_reference),
        cmocka_unit_test(test_a_state_is_drawn_anew_in_the_end),
        cmocka_unit_test(test_words_are_spread_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
