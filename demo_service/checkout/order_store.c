/* Order store: the choice of the engine, and what all engines share. */
#include "checkout/order_store.h"

#include "shared/options.h"

#include <stdio.h>
#include <string.h>

enum store_status order_store_open(const struct order_store_settings *settings,
                                   struct order_store **ret_store, char *error, size_t error_size)
{
    static const char sqlite[] = "sqlite:";
    static const char postgresql[] = "postgresql://";
    char shown[OPTIONS_SHOWN_BYTES];

    if (strncmp(settings->url, sqlite, sizeof(sqlite) - 1) == 0) {
        return order_store_sqlite_open(settings, settings->url + sizeof(sqlite) - 1, ret_store,
                                       error, error_size);
    }
    if (strncmp(settings->url, postgresql, sizeof(postgresql) - 1) == 0) {
        return order_store_postgresql_open(settings, ret_store, error, error_size);
    }
    (void)snprintf(error, error_size,
                   "no such order store: \"%s\"; allowed: sqlite:PATH, postgresql://HOST/NAME",
                   options_shown_url(settings->url, shown));
    return STORE_BROKEN;
}

void order_store_close(struct order_store *store)
{
    if (store != NULL) {
        store->ops->close(store);
    }
}

const char *store_status_code(enum store_status status)
{
    switch (status) {
    case STORE_OK:
        return "ok";
    case STORE_NOT_FOUND:
        return "not_found";
    case STORE_LOST:
        return "order_lost";
    case STORE_UNAVAILABLE:
        return "store_unavailable";
    case STORE_BROKEN:
        return "store_broken";
    }
    return "store_broken";
}
