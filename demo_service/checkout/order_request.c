/* Order request: the checks of POST /orders. */
#include "checkout/order_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

static bool read_item(const cJSON *element, size_t index, struct order_item *ret_item,
                      struct body_problem *problem)
{
    char path[32];
    const char *sku = NULL;

    (void)snprintf(path, sizeof(path), "items[%zu]", index);
    if (!cJSON_IsObject(element)) {
        return body_refuse(problem, path, "", "must be an object");
    }
    (void)snprintf(path, sizeof(path), "items[%zu].", index);
    if (!body_text(element, path, "sku", BODY_NAME, ORDER_SKU_MAX, &sku, problem) ||
        !body_number(element, path, "quantity", 1, ORDER_QUANTITY_MAX, &ret_item->quantity,
                     problem)) {
        return false;
    }
    (void)snprintf(ret_item->sku, sizeof(ret_item->sku), "%s", sku);
    return true;
}

static bool read_items(const cJSON *object, struct order_request *ret_request,
                       struct body_problem *problem)
{
    const cJSON *items = body_member(object, "", "items", problem);
    const cJSON *element = NULL;

    if (items == NULL) {
        return false;
    }
    if (!cJSON_IsArray(items)) {
        return body_refuse(problem, "", "items", "must be an array");
    }
    int count = cJSON_GetArraySize(items);
    if (count < 1 || count > ORDER_ITEMS_MAX) {
        return body_refuse(problem, "", "items", "must have 1 to 50 elements");
    }
    cJSON_ArrayForEach(element, items)
    {
        size_t index = ret_request->item_count;
        if (!read_item(element, index, &ret_request->items[index], problem)) {
            return false;
        }
        ret_request->item_count++;
    }
    return true;
}

bool order_request_read(const cJSON *object, struct order_request *ret_request,
                        struct body_problem *problem)
{
    memset(ret_request, 0, sizeof(*ret_request));
    if (!body_text(object, "", "userId", BODY_NAME, ORDER_USER_MAX, &ret_request->user_id,
                   problem) ||
        !read_items(object, ret_request, problem)) {
        return false;
    }
    const cJSON *payment = body_member(object, "", "payment", problem);
    if (payment == NULL) {
        return false;
    }
    if (!cJSON_IsObject(payment)) {
        return body_refuse(problem, "", "payment", "must be an object");
    }
    return body_text(payment, "payment.", "token", BODY_NAME, ORDER_TOKEN_MAX, &ret_request->token,
                     problem);
}

void order_request_fingerprint(const struct order_request *request, char ret_text[ORDER_HASH_BYTES])
{
    char text[ORDER_USER_MAX + ORDER_TOKEN_MAX + ORDER_ITEMS_MAX * (ORDER_SKU_MAX + 16) + 16];
    uuid_t uuid;
    int size = snprintf(text, sizeof(text), "%s\n%s\n", request->user_id, request->token);

    for (size_t i = 0; i < request->item_count; i++) {
        size += snprintf(text + size, sizeof(text) - (size_t)size, "%s\t%u\n",
                         request->items[i].sku, request->items[i].quantity);
    }
    uuid_generate_sha1(uuid, *uuid_get_template("oid"), text, (size_t)size);
    uuid_unparse_lower(uuid, ret_text);
}
