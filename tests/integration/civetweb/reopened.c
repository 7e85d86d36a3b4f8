/* A trail that is closed and opened again, under callbacks that it had been installed in. */
#include "fixture.h"

#include <string.h>

static void open_trail(struct server *ret_server)
{
    struct trail_options options = {.output = "null", .ignore_environment = true};

    memset(ret_server, 0, sizeof(*ret_server));
    assert_int_equal(trail_memory_new(&ret_server->memory), TRAIL_OK);
    options.memory = ret_server->memory;
    assert_int_equal(trail_open(&options, &ret_server->trail), TRAIL_OK);
}

static void test_the_last_trail_that_was_installed_is_used(void **state)
{
    static const char *options[] = {"listening_ports", "127.0.0.1:0", NULL};
    static struct mg_callbacks callbacks;

    (void)state;
    for (int i = 0; i < 2; i++) {
        cJSON *event;
        open_trail(&server);
        trail_civetweb_install(server.trail, &callbacks);
        trail_civetweb_install(server.trail, &callbacks); /* once more changes nothing */
        server.ctx = mg_start(&callbacks, NULL, options);
        assert_non_null(server.ctx);
        server_halt(&server);
        event = server_event(&server, "server_stopped", 0);
        assert_true(number_of(event, "accepted") == 1);
        cJSON_Delete(event);
        trail_close(server.trail);
        trail_memory_free(server.memory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_trail_that_was_installed_is_used),
    };

    mg_init_library(0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
