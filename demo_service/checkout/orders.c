/* Orders: the endpoints, and what stands before an order is placed. */
#include "checkout/checkout.h"
#include "shared/reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define URI "/orders"

static unsigned count_headers(const struct mg_connection *conn, const char *name)
{
    const struct mg_request_info *request = mg_get_request_info(conn);
    unsigned count = 0;

    for (int i = 0; i < request->num_headers; i++) {
        count += strcasecmp(request->http_headers[i].name, name) == 0 ? 1 : 0;
    }
    return count;
}

/* False: the header is there, and can't be a key. */
static bool read_key(struct mg_connection *conn, const char **ret_key, struct body_problem *problem)
{
    const char *key = mg_get_header(conn, "Idempotency-Key");

    *ret_key = key;
    if (count_headers(conn, "Idempotency-Key") > 1) {
        return body_refuse(problem, "", "Idempotency-Key", "may stand once only");
    }
    for (const char *byte = key; byte != NULL && *byte != '\0'; byte++) {
        if (*byte < 0x21 || *byte > 0x7e) {
            return body_refuse(problem, "", "Idempotency-Key", "may hold printable ASCII only");
        }
    }
    if (key != NULL && (key[0] == '\0' || strlen(key) > ORDER_KEY_MAX)) {
        return body_refuse(problem, "", "Idempotency-Key", "must have 1 to 255 bytes");
    }
    return true;
}

static int refuse_body(struct mg_connection *conn, const struct body_problem *problem)
{
    trail_warn("order_create_failed", "Order not created",
               trail_kv("errorCode", "validation_failed"), trail_kv("field", problem->field),
               trail_kv("reason", problem->detail));
    return body_reply_problem(conn, problem);
}

static int place_order(struct mg_connection *conn, struct checkout *self)
{
    struct order_request request;
    struct body body;
    struct body_problem problem = {"", ""};
    const char *key = NULL;
    int status = 0;

    if (!body_whole(conn, &body, &status)) {
        body_free(&body);
        return status;
    }
    cJSON *object = body_parse(&body, &problem);
    if (object != NULL && order_request_read(object, &request, &problem) &&
        read_key(conn, &key, &problem)) {
        status = checkout_place(conn, self, &request, key);
    } else {
        status = refuse_body(conn, &problem);
    }
    cJSON_Delete(object);
    body_free(&body);
    return status;
}

int checkout_reply_store(struct mg_connection *conn, enum store_status status)
{
    return reply_problem(conn, &(struct reply_problem){.status = 503,
                                                       .error_code = store_status_code(status),
                                                       .header = "Retry-After: 1"});
}

static cJSON *describe(const struct order_view *order)
{
    cJSON *object = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(object, "orderId", order->order_id);
    (void)cJSON_AddStringToObject(object, "userId", order->user_id);
    (void)cJSON_AddStringToObject(object, "status", order->status);
    if (order->reason[0] != '\0') {
        (void)cJSON_AddStringToObject(object, "reason", order->reason);
    }
    (void)cJSON_AddStringToObject(object, "requestId", order->request_id);
    cJSON *items = cJSON_AddArrayToObject(object, "items");
    for (size_t i = 0; i < order->item_count; i++) {
        cJSON *item = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(item, "sku", order->items[i].sku);
        (void)cJSON_AddNumberToObject(item, "quantity", order->items[i].quantity);
        (void)cJSON_AddItemToArray(items, item);
    }
    return object;
}

static int show_order(struct mg_connection *conn, struct checkout *self, const char *order_id)
{
    struct order_view order;
    enum store_status status = STORE_NOT_FOUND;

    if (strlen(order_id) == ORDER_ID_BYTES - 1 &&
        strspn(order_id, BODY_NAME) == ORDER_ID_BYTES - 1) {
        trail_bind(trail_kv("orderId", order_id));
        status = self->store->ops->get(self->store, order_id, &order);
    }
    if (status == STORE_NOT_FOUND) {
        return reply_problem(
            conn, &(struct reply_problem){.status = 404, .error_code = "order_not_found"});
    }
    if (status != STORE_OK) {
        return checkout_reply_store(conn, status);
    }
    return reply_json(conn, 200, describe(&order));
}

int orders_handle(struct mg_connection *conn, void *app)
{
    const struct mg_request_info *request = mg_get_request_info(conn);
    const char *below = request->local_uri + strlen(URI);
    bool posted = strcmp(request->request_method, "POST") == 0;

    if (posted && (below[0] == '\0' || strcmp(below, "/") == 0)) {
        return place_order(conn, app);
    }
    if (!posted && below[0] == '/') {
        return show_order(conn, app, below + 1);
    }
    return reply_problem(conn,
                         &(struct reply_problem){.status = 405,
                                                 .error_code = "method_not_allowed",
                                                 .header = posted ? "Allow: GET" : "Allow: POST"});
}
