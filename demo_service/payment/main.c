/* payment-service: asks the provider for the money. */
#include "payment/payments.h"
#include "shared/files.h"
#include "shared/options.h"
#include "shared/service.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME "payment-service"

static const struct service_route routes[] = {{"/payments", "POST", payments_handle, false}};

static const char *not_ready(void *app)
{
    const struct payments *payments = app;

    return payment_store_ping(payments->store) ? NULL : "payment_store_unavailable";
}

static bool open_store(const struct service *service, const char *folder,
                       struct payment_store **ret_store)
{
    char path[4096];
    char error[512];

    (void)snprintf(path, sizeof(path), "%s/payments.db", folder);
    if (files_ensure_folder(folder, error, sizeof(error)) &&
        payment_store_open(path, ret_store, error, sizeof(error))) {
        return true;
    }
    service_complain(service, error);
    return false;
}

static int run(const struct service_settings *settings, struct payments *payments,
               const char *folder)
{
    struct service service;
    int status = SERVICE_UNUSABLE;

    if (service_open(&service, NAME) && open_store(&service, folder, &payments->store) &&
        service_start(&service, settings)) {
        service_wait(&service);
        status = service_stop(&service) ? SERVICE_STOPPED : SERVICE_FAILED;
    }
    payment_store_close(payments->store);
    service_close(&service);
    return status;
}

int main(int argc, char **argv)
{
    struct payments payments = {.provider_timeout_ms = 400};
    struct service_settings settings = {.host = "127.0.0.1",
                                        .port = 8082,
                                        .routes = routes,
                                        .route_count = 1,
                                        .not_ready = not_ready,
                                        .app = &payments};
    const char *folder = "data";
    const struct option_spec specs[] = {
        option_port("PAYMENT_SERVICE_PORT", &settings.port),
        option_text("host", "PAYMENT_SERVICE_HOST", "ADDRESS", "address to listen on",
                    &settings.host),
        option_text("data", "CHECKOUT_DATA", "FOLDER", "where its database lies", &folder),
        option_number("provider-timeout-ms", "PAYMENT_PROVIDER_TIMEOUT_MS",
                      "how long the provider may take", &payments.provider_timeout_ms, 1, 60000),
    };

    switch (options_read(NAME, specs, sizeof(specs) / sizeof(specs[0]), argc, argv)) {
    case OPTIONS_RUN:
        return run(&settings, &payments, folder);
    case OPTIONS_HELP:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        break;
    }
    return SERVICE_UNUSABLE;
}
