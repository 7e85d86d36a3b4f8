/* checkout-api: takes orders. */
#include "checkout/accounts.h"
#include "checkout/checkout.h"
#include "shared/client.h"
#include "shared/files.h"
#include "shared/options.h"
#include "shared/service.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME     "checkout-api"
#define URL_MAX  4096
#define BUSY_MS  5000
#define QUICK_MS 250

struct places {
    const char *folder;
    const char *orders;
    const char *queue;
    unsigned sql_comments;
};

static const struct service_route routes[] = {
    {"/admin/orders", "GET", admin_orders_handle, false},
    {"/orders", "GET, POST", orders_handle, true},
    {"/password-resets", "POST", password_resets_handle, false},
    {"/sessions", "POST", sessions_handle, false},
};

static const char *not_ready(void *app)
{
    struct checkout *checkout = app;
    enum store_status status = checkout->store->ops->ping(checkout->store);

    return status == STORE_OK ? NULL : store_status_code(status);
}

static bool open_stores(const struct service *service, struct checkout *checkout,
                        const struct places *places)
{
    char orders[URL_MAX];
    char queue[URL_MAX];
    char error[512] = "an address is too long";

    if (checkout->accounts == NULL) {
        service_complain(service, "no memory");
        return false;
    }
    if (files_ensure_folder(places->folder, error, sizeof(error)) &&
        files_engine_url(places->orders, places->folder, "orders.db", orders, sizeof(orders)) &&
        files_engine_url(places->queue, places->folder, "queue.db", queue, sizeof(queue)) &&
        order_store_open(&(struct order_store_settings){.url = orders,
                                                        .busy_ms = BUSY_MS,
                                                        .sql_comments = places->sql_comments == 1},
                         &checkout->store, error, sizeof(error)) == STORE_OK &&
        queue_open(&(struct queue_settings){.url = queue, .busy_ms = QUICK_MS}, &checkout->queue,
                   error, sizeof(error)) == QUEUE_OK) {
        return true;
    }
    service_complain(service, error);
    return false;
}

static int serve(struct service *service, const struct service_settings *settings,
                 struct checkout *checkout)
{
    if (!publisher_start(&checkout->publisher, checkout->store, checkout->queue)) {
        service_complain(service, "can't start a thread");
        return SERVICE_UNUSABLE;
    }
    int status = SERVICE_UNUSABLE;
    if (service_start(service, settings)) {
        service_wait(service);
        status = service_stop(service) ? SERVICE_STOPPED : SERVICE_FAILED;
    }
    publisher_stop(&checkout->publisher);
    return status;
}

static int run(const struct service_settings *settings, struct checkout *checkout,
               const struct places *places, unsigned login_lock_ms)
{
    struct service service;
    char shown[OPTIONS_SHOWN_BYTES];
    int status = SERVICE_UNUSABLE;

    if (!client_is_base_url(checkout->payment.base_url)) {
        (void)fprintf(stderr,
                      NAME ": --payment ($PAYMENT_SERVICE_URL): \"%s\" is not allowed; allowed: "
                           "http://HOST:PORT without a path\n",
                      options_shown_url(checkout->payment.base_url, shown));
        return status;
    }
    checkout->accounts = accounts_new(login_lock_ms);
    if (service_open(&service, NAME) && open_stores(&service, checkout, places)) {
        status = serve(&service, settings, checkout);
    }
    queue_close(checkout->queue);
    order_store_close(checkout->store);
    service_close(&service);
    accounts_free(checkout->accounts);
    return status;
}

int main(int argc, char **argv)
{
    struct checkout checkout = {
        .payment = {.base_url = "http://127.0.0.1:8082", .timeout_ms = 3000},
        .lease_ms = 10000,
        .relay_ms = 2000};
    struct places places = {.folder = "data", .orders = "sqlite", .queue = "sqlite"};
    unsigned login_lock_ms = 900000;
    struct service_settings settings = {.host = "127.0.0.1",
                                        .port = 8081,
                                        .routes = routes,
                                        .route_count = sizeof(routes) / sizeof(routes[0]),
                                        .not_ready = not_ready,
                                        .app = &checkout};
    const struct option_spec specs[] = {
        option_port("CHECKOUT_API_PORT", &settings.port),
        option_text("host", "CHECKOUT_API_HOST", "ADDRESS", "address to listen on", &settings.host),
        option_text("payment", "PAYMENT_SERVICE_URL", "URL", "address of payment-service",
                    &checkout.payment.base_url),
        option_number("payment-timeout-ms", "PAYMENT_TIMEOUT_MS",
                      "how long one attempt to pay may take", &checkout.payment.timeout_ms, 1,
                      60000),
        option_text("data", "CHECKOUT_DATA", "FOLDER", "where its databases lie", &places.folder),
        option_text("orders", "CHECKOUT_ORDERS", "ENGINE",
                    "sqlite, sqlite:PATH, postgresql://HOST/NAME", &places.orders),
        option_number("sql-comments", "CHECKOUT_SQL_COMMENTS",
                      "1: SQL for PostgreSQL bears the request's context as a comment",
                      &places.sql_comments, 0, 1),
        option_text("queue", "CHECKOUT_QUEUE", "ENGINE", "sqlite, sqlite:PATH, amqp://HOST:PORT",
                    &places.queue),
        option_number("order-lease-ms", "CHECKOUT_ORDER_LEASE_MS",
                      "when a retry may take over an order that a dead process left pending",
                      &checkout.lease_ms, 1, 3600000),
        option_number("relay-ms", "CHECKOUT_RELAY_MS",
                      "when a job that its request could not enqueue is tried again",
                      &checkout.relay_ms, 1, 3600000),
        option_number("login-lock-ms", "CHECKOUT_LOGIN_LOCK_MS",
                      "how long a user is locked after five failed logins", &login_lock_ms, 1,
                      86400000),
    };

    switch (options_read(NAME, specs, sizeof(specs) / sizeof(specs[0]), argc, argv)) {
    case OPTIONS_RUN:
        return run(&settings, &checkout, &places, login_lock_ms);
    case OPTIONS_HELP:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        break;
    }
    return SERVICE_UNUSABLE;
}
