#include "unit.h"

#include "sink/net.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];

static int make_pair(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static int close_pair(void **state)
{
    (void)state;
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static void test_a_stream_is_closed_when_its_peer_is_gone(void **state)
{
    (void)state;
    assert_false(trl_net_is_closed(ends[0]));
    assert_int_equal(write(ends[1], "hello", 5), 5);
    assert_false(trl_net_is_closed(ends[0]));
    assert_int_equal(shutdown(ends[1], SHUT_WR), 0);
    assert_true(trl_net_is_closed(ends[0]));
}

/* One that never stops would never let go of the thread. */
static void test_a_peer_that_talks_on_is_not_listened_to_for_ever(void **state)
{
    static const char words[65536];
    int left = 0;

    (void)state;
    assert_int_equal(write(ends[1], words, sizeof(words)), sizeof(words));
    assert_false(trl_net_is_closed(ends[0]));
    assert_int_equal(ioctl(ends[0], FIONREAD, &left), 0);
    assert_true(left > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_stream_is_closed_when_its_peer_is_gone, make_pair,
                                        close_pair),
        cmocka_unit_test_setup_teardown(test_a_peer_that_talks_on_is_not_listened_to_for_ever,
                                        make_pair, close_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
