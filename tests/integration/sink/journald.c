/* journald takes no second instance on one machine: its end of the protocol is played here. */
#include "unit.h"

#include "faults.h"

#include <trail/trail.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 30000 };

static char directory[64];
static char path[100];
static char output[128];

static int set_up(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/trail-test-XXXXXX");
    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/socket", directory);
    snprintf(output, sizeof(output), "journald:%s", path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static int listen_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static struct trail *open_trail(void)
{
    struct trail *trail = NULL;

    assert_int_equal(trail_open(&(struct trail_options){.service = "shop",
                                                        .output = output,
                                                        .ignore_environment = true},
                                &trail),
                     TRAIL_OK);
    return trail;
}

static char entry[262144];

/* Reads one entry, from the datagram or from the descriptor that it brings. True: by descriptor. */
static bool receive(int fd)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = entry, .iov_len = sizeof(entry) - 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct pollfd set = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&set, 1, PATIENCE_MS), 1);
    ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    assert_true(size >= 0);
    bool by_descriptor = message.msg_controllen > 0;
    if (by_descriptor) {
        int descriptor;
        memcpy(&descriptor, CMSG_DATA(&control.header), sizeof(descriptor));
        int seals = fcntl(descriptor, F_GET_SEALS);
        assert_int_equal(seals & (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW),
                         F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
        size = pread(descriptor, entry, sizeof(entry) - 1, 0);
        assert_true(size > 0);
        close(descriptor);
    }
    entry[size] = '\0';
    return by_descriptor;
}

static void test_an_event_arrives_with_its_fields(void **state)
{
    int fd = listen_here();
    struct trail *trail = open_trail();
    struct trail_context *context;
    struct trail_scope scope;

    (void)state;
    assert_int_equal(trail_context_new("request-1", &context), TRAIL_OK);
    trail_enter(context, &scope);
    trail_warn("order_failed", "No tea left", trail_kv("orderId", "o1"), trail_kv("items", 3));
    trail_leave(&scope);
    trail_context_free(context);
    assert_false(receive(fd));
    assert_memory_equal(entry, "PRIORITY=4\n", 11);
    assert_non_null(strstr(entry, "\nSYSLOG_IDENTIFIER=shop\n"));
    assert_non_null(strstr(entry, "\nMESSAGE=No tea left\n"));
    assert_non_null(strstr(entry, "\nEVENT=order_failed\n"));
    assert_non_null(strstr(entry, "\nREQUEST_ID=request-1\n"));
    assert_non_null(strstr(entry, "\nORDER_ID=o1\n"));
    assert_non_null(strstr(entry, "\nITEMS=3\n"));
    trail_close(trail);
    close(fd);
}

static void test_an_entry_that_no_datagram_holds_comes_as_a_sealed_file(void **state)
{
    static char text[30000];
    int fd = listen_here();
    struct trail *trail = open_trail();

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    faults_arm(FAULT_SEND, 1, EMSGSIZE);
    trail_info("long_line", "long", trail_kv("text", text));
    assert_true(receive(fd));
    assert_int_equal(faults_disarm(), 2);
    assert_non_null(strstr(entry, text));
    trail_info("short_line", "short");
    assert_false(receive(fd));
    trail_close(trail);
    close(fd);
}

static void test_entries_wait_for_a_journal_that_is_away(void **state)
{
    struct trail *trail = open_trail();

    (void)state;
    trail_info("too_early", "too early");
    assert_int_equal(trail_flush_outputs(trail, 50), TRAIL_ERR_IO);
    int fd = listen_here();
    receive(fd);
    assert_non_null(strstr(entry, "\nMESSAGE=too early\n"));
    close(fd);
    unlink(path);
    trail_info("in_between", "in between");
    assert_int_equal(trail_flush_outputs(trail, 50), TRAIL_ERR_IO);
    fd = listen_here();
    receive(fd);
    assert_non_null(strstr(entry, "\nMESSAGE=in between\n"));
    trail_close(trail);
    close(fd);
}

static void test_a_failing_system_call_delays_an_entry_and_loses_none(void **state)
{
    static const unsigned kinds[] = {FAULT_SOCKET, FAULT_SEND};
    int fd = listen_here();

    (void)state;
    for (unsigned nth = 1; nth <= 3; nth++) {
        for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
            struct trail *trail = open_trail();
            faults_arm(kinds[kind], nth, ECONNREFUSED);
            trail_info("one", "one");
            receive(fd);
            assert_non_null(strstr(entry, "\nMESSAGE=one\n"));
            trail_info("two", "two");
            receive(fd);
            assert_non_null(strstr(entry, "\nMESSAGE=two\n"));
            faults_disarm();
            trail_close(trail);
        }
    }
    close(fd);
}

static void test_a_crash_is_told_before_the_process_dies(void **state)
{
    int fd = listen_here();
    int status = 0;

    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct trail *trail = NULL;
        signal(SIGILL, SIG_DFL); /* the sanitizer's handler does not die by the signal */
        if (trail_open(&(struct trail_options){.output = output,
                                               .crash = "on",
                                               .ignore_environment = true},
                       &trail) == TRAIL_OK) {
            raise(SIGILL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL);
    receive(fd);
    assert_non_null(strstr(entry, "\nEVENT=process_crashed\n"));
    assert_non_null(strstr(entry, "\nSIGNAL=SIGILL\n"));
    close(fd);
}

static void test_a_journal_that_reads_nothing_holds_nobody_up(void **state)
{
    struct trail_stats stats;
    int fd = listen_here();
    struct trail *trail = open_trail();

    (void)state;
    for (int i = 0; i < 100000; i++) {
        trail_info("counted", "one of many", trail_kv("number", i));
    }
    trail_error("at_the_end", "at the end");
    assert_int_equal(trail_get_stats(trail, &stats), TRAIL_OK);
    assert_true(stats.dropped[TRAIL_DROP_OVERFLOW][TRAIL_LEVEL_INFO] > 0);
    assert_int_equal(stats.dropped[TRAIL_DROP_OVERFLOW][TRAIL_LEVEL_ERROR], 0);
    trail_close(trail);
    close(fd);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_event_arrives_with_its_fields),
        CASE(test_an_entry_that_no_datagram_holds_comes_as_a_sealed_file),
        CASE(test_entries_wait_for_a_journal_that_is_away),
        CASE(test_a_failing_system_call_delays_an_entry_and_loses_none),
        CASE(test_a_crash_is_told_before_the_process_dies),
        CASE(test_a_journal_that_reads_nothing_holds_nobody_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
