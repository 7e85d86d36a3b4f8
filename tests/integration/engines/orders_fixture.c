/* Orders, as the tests of the order store's engines place them. */
#include "orders_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trail/trail.h>
#include <uuid/uuid.h>

static char folder[] = "/tmp/trail-orders-XXXXXX";
struct order_store *orders_store;

static const char *url(void)
{
    static char sqlite_url[64];
    const char *given = getenv("TRAIL_TEST_ORDERS");

    snprintf(sqlite_url, sizeof(sqlite_url), "sqlite:%s/orders.db", folder);
    return given != NULL && *given != '\0' ? given : sqlite_url;
}

const char *orders_unique(void)
{
    static __thread char texts[32][37];
    static __thread size_t next;
    char *text = texts[next++ % 32];
    uuid_t uuid;

    uuid_generate_random(uuid);
    uuid_unparse_lower(uuid, text);
    return text;
}

struct order_item orders_item(const char *sku, unsigned quantity)
{
    struct order_item item = {.quantity = quantity};

    snprintf(item.sku, sizeof(item.sku), "%s", sku);
    return item;
}

struct order_claim orders_claim(const struct order_item *items, size_t count, const char *key)
{
    return (struct order_claim){.order_id = orders_unique(),
                                .owner = orders_unique(),
                                .user_id = "u_17",
                                .request_id = "req-1",
                                .items = items,
                                .item_count = count,
                                .key = key,
                                .fingerprint = "0b7e8f5e-0000-5000-8000-000000000000",
                                .lease_ms = 60000};
}

struct order_claimed orders_place(const struct order_claim *claim)
{
    struct order_claimed claimed;

    memset(&claimed, 0, sizeof(claimed));
    assert_int_equal(orders_store->ops->claim(orders_store, claim, &claimed), STORE_OK);
    return claimed;
}

enum store_status orders_settle(const struct order_claim *claim, const char *status,
                                const struct order_job *job)
{
    bool confirmed = strcmp(status, ORDER_CONFIRMED) == 0;

    return orders_store->ops->settle(
        orders_store, &(struct order_settlement){.order_id = claim->order_id,
                                                 .owner = claim->owner,
                                                 .status = status,
                                                 .reason = confirmed ? NULL : "declined",
                                                 .http_status = confirmed ? 201 : 402,
                                                 .answer = "{\"status\":\"x\"}",
                                                 .job = job});
}

int orders_open(void **state)
{
    char error[512] = "";
    struct trail *trail = NULL;

    assert_non_null(mkdtemp(folder));
    assert_int_equal(
        trail_open(&(struct trail_options){.output = "null", .ignore_environment = true}, &trail),
        TRAIL_OK);
    *state = trail;
    (void)order_store_open(&(struct order_store_settings){.url = url(), .busy_ms = 20000},
                           &orders_store, error, sizeof(error));
    assert_string_equal(error, "");
    return 0;
}

int orders_close(void **state)
{
    char command[128];

    order_store_close(orders_store);
    trail_close(*state);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}
