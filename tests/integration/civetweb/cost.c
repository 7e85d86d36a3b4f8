/* What a request costs in trail after the first ones on its thread: no heap memory and no lock. The
 * linker leads the library's calls here; CivetWeb's own, in its shared library, are not seen. */
#include "unit.h"

#include "http.h"

#include <trail/civetweb.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint allocations;
static atomic_uint locks;
static __thread bool serving; /* one of the server's threads */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);

void *__wrap_malloc(size_t size)
{
    atomic_fetch_add(&allocations, serving);
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    atomic_fetch_add(&allocations, serving);
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    atomic_fetch_add(&allocations, serving);
    return __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    atomic_fetch_add(&allocations, serving);
    return __real_strdup(text);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    atomic_fetch_add(&locks, serving);
    return __real_pthread_mutex_lock(mutex);
}

static void *on_thread(const struct mg_context *ctx, int type)
{
    (void)ctx;
    serving = type == 1;
    return NULL;
}

static int by_printf(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    trail_info("order_created", "Order created", trail_kv("orderId", "o-1"), trail_kv("items", 3));
    trail_bind(trail_kv("userId", "u-1"));
    mg_printf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", 2, "ok");
    return 200;
}

static int by_ok(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    mg_send_http_ok(conn, "text/plain", 2);
    mg_write(conn, "ok", 2);
    return 200;
}

static int by_json(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    return trail_send_json(conn, 200, "{}");
}

static int by_error(struct mg_connection *conn, void *cbdata)
{
    (void)cbdata;
    trail_debug("detail", NULL);
    mg_send_http_error(conn, 500, "%s", "broken");
    return 500;
}

static void ask(int port, const char *path)
{
    struct http_response response;
    char request[256];

    snprintf(request, sizeof(request),
             "GET %s HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: cost\r\nUser-Agent: test\r\n"
             "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n",
             path);
    http_exchange(port, request, &response);
    http_response_free(&response);
}

static void test_a_request_takes_no_heap_memory_and_no_lock(void **state)
{
    static const char *const paths[] = {"/printf", "/ok", "/json", "/error", "/nowhere"};
    const char *options[] = {"listening_ports", "127.0.0.1:0", "num_threads", "1", NULL};
    struct mg_callbacks callbacks = {.init_thread = on_thread};
    struct mg_server_port port;
    struct mg_context *ctx;
    struct trail *trail;

    (void)state;
    assert_int_equal(
        trail_open(&(struct trail_options){.output = "file:/dev/null", .ignore_environment = true},
                   &trail),
        TRAIL_OK);
    trail_civetweb_install(trail, &callbacks);
    ctx = mg_start(&callbacks, NULL, options);
    assert_non_null(ctx);
    mg_set_request_handler(ctx, "/printf", by_printf, NULL);
    mg_set_request_handler(ctx, "/ok", by_ok, NULL);
    mg_set_request_handler(ctx, "/json", by_json, NULL);
    mg_set_request_handler(ctx, "/error", by_error, NULL);
    mg_get_server_ports(ctx, 1, &port);
    ask(port.port, "/printf");
    ask(port.port, "/error");                   /* the first that keeps detail */
    assert_true(atomic_load(&allocations) > 0); /* the first on its thread: so they are seen */
    atomic_store(&allocations, 0);
    atomic_store(&locks, 0);
    for (int i = 0; i < 20; i++) {
        for (size_t path = 0; path < sizeof(paths) / sizeof(paths[0]); path++) {
            ask(port.port, paths[path]);
        }
    }
    assert_int_equal(atomic_load(&allocations), 0);
    assert_int_equal(atomic_load(&locks), 0);
    mg_stop(ctx);
    trail_close(trail);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_takes_no_heap_memory_and_no_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
