/* A small server of one's own, wrapped by trail: what README.md and docs/ quote. */
#include <trail/civetweb.h> /* was: <civetweb.h> */

#include <signal.h>
#include <stdlib.h>

static int create_order(struct mg_connection *conn, void *app)
{
    (void)app;
    trail_bind(trail_kv("userId", "u-7"));
    trail_info("order_created", "Order created", trail_kv("orderId", "o-1042"),
               trail_kv("items", 2), trail_bool("gift", true));
    mg_printf(conn, "HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nok\n");
    return 201;
}

int main(int argc, char **argv)
{
    const char *options[] = {"listening_ports", argc > 1 ? argv[1] : "127.0.0.1:8080", NULL};
    sigset_t stop_signals;
    int signal_number;

    (void)sigemptyset(&stop_signals);
    (void)sigaddset(&stop_signals, SIGINT);
    (void)sigaddset(&stop_signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &stop_signals, NULL);

    struct mg_callbacks callbacks = {0};
    struct trail *trail = NULL;
    if (trail_open(&(struct trail_options){.service = "orders"}, &trail) != TRAIL_OK) {
        return 2; /* trail has said why */
    }
    trail_civetweb_install(trail, &callbacks); /* chains what the application had set */
    struct mg_context *server = mg_start(&callbacks, NULL, options);
    if (server == NULL) {
        trail_error("server_not_started", NULL, trail_kv("ports", options[1]));
        trail_close(trail);
        return 2;
    }
    mg_set_request_handler(server, "/orders", create_order, NULL);

    (void)sigwait(&stop_signals, &signal_number);
    mg_stop(server);
    trail_close(trail);
    return 0;
}
