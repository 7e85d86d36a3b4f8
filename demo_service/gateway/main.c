/* checkout-gateway: the edge, where requests get their ID. */
#include "gateway/forward.h"
#include "shared/client.h"
#include "shared/options.h"
#include "shared/service.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME "checkout-gateway"

static const struct service_route routes[] = {
    {"/admin/orders", "GET", forward_handle, false},
    {"/orders", "GET, POST", forward_handle, true},
    {"/password-resets", "POST", forward_handle, false},
    {"/sessions", "POST", forward_handle, false},
};

static int run(const struct service_settings *settings, const struct forward *forward)
{
    struct service service;
    char shown[OPTIONS_SHOWN_BYTES];
    int status = SERVICE_UNUSABLE;

    if (!client_is_base_url(forward->base_url)) {
        (void)fprintf(stderr,
                      NAME ": --checkout ($CHECKOUT_API_URL): \"%s\" is not allowed; allowed: "
                           "http://HOST:PORT without a path\n",
                      options_shown_url(forward->base_url, shown));
        return status;
    }
    if (service_open(&service, NAME) && service_start(&service, settings)) {
        service_wait(&service);
        status = service_stop(&service) ? SERVICE_STOPPED : SERVICE_FAILED;
    }
    service_close(&service);
    return status;
}

int main(int argc, char **argv)
{
    struct forward forward = {.base_url = "http://127.0.0.1:8081", .timeout_ms = 15000};
    struct service_settings settings = {.host = "127.0.0.1",
                                        .port = 8080,
                                        .routes = routes,
                                        .route_count = sizeof(routes) / sizeof(routes[0]),
                                        .app = &forward};
    const struct option_spec specs[] = {
        option_port("CHECKOUT_GATEWAY_PORT", &settings.port),
        option_text("host", "CHECKOUT_GATEWAY_HOST", "ADDRESS", "address to listen on",
                    &settings.host),
        option_text("checkout", "CHECKOUT_API_URL", "URL", "address of checkout-api",
                    &forward.base_url),
        option_number("timeout-ms", "CHECKOUT_GATEWAY_TIMEOUT_MS", "how long checkout-api may take",
                      &forward.timeout_ms, 1, 600000),
    };

    switch (options_read(NAME, specs, sizeof(specs) / sizeof(specs[0]), argc, argv)) {
    case OPTIONS_RUN:
        return run(&settings, &forward);
    case OPTIONS_HELP:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        break;
    }
    return SERVICE_UNUSABLE;
}
