/* Checkout: the life of one order. Claimed in one transaction, paid outside any, settled in
 * another together with its mail: whenever the process dies, the order is either as if it had never
 * been asked for, or pending and taken over by the client's retry, or settled in full. */
#include "checkout/checkout.h"

#include "shared/clock.h"
#include "shared/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

struct placing {
    struct mg_connection *conn;
    struct checkout *self;
    const struct order_request *request;
    char owner[ORDER_OWNER_BYTES];
    struct order_claimed claimed;
    uint64_t started_ns;
};

static void new_uuid(char text[37])
{
    uuid_t uuid;

    uuid_generate_random(uuid);
    uuid_unparse_lower(uuid, text);
}

static int refuse(const struct placing *placing, const struct reply_problem *problem)
{
    if (problem->status >= 500) {
        trail_error("order_create_failed", "Order not created",
                    trail_kv("errorCode", problem->error_code),
                    trail_duration_ns("durationMs", clock_since_ns(placing->started_ns)));
    } else {
        trail_warn("order_create_failed", "Order not created",
                   trail_kv("errorCode", problem->error_code),
                   trail_duration_ns("durationMs", clock_since_ns(placing->started_ns)));
    }
    return reply_problem(placing->conn, problem);
}

static int refuse_store(const struct placing *placing, enum store_status status)
{
    return refuse(placing, &(struct reply_problem){.status = 503,
                                                   .error_code = store_status_code(status),
                                                   .header = "Retry-After: 1"});
}

static int replay(const struct placing *placing)
{
    const struct order_claimed *claimed = &placing->claimed;

    trail_info("order_replayed", "Answered as the first request with this key was",
               trail_kv("status", claimed->status));
    return reply_text(placing->conn, claimed->status,
                      claimed->status < 400 ? "application/json" : "application/problem+json", NULL,
                      claimed->answer, strlen(claimed->answer));
}

/* Settles the order with the answer that the client is about to get. */
static enum store_status settle(const struct placing *placing, const char *status,
                                const struct payment_result *payment, int http_status,
                                const char *answer, const struct order_job *job)
{
    struct checkout *self = placing->self;

    return self->store->ops->settle(
        self->store, &(struct order_settlement){.order_id = placing->claimed.order_id,
                                                .owner = placing->owner,
                                                .status = status,
                                                .reason = payment->reason,
                                                .http_status = http_status,
                                                .answer = answer,
                                                .job = job,
                                                .relay_after_ms = (int64_t)self->relay_ms});
}

static int fail(const struct placing *placing, const struct payment_result *payment)
{
    struct reply_problem problem = {.status = payment->status,
                                    .error_code = payment->error_code,
                                    .order_id = placing->claimed.order_id};
    char *answer = reply_problem_text(placing->conn, &problem);

    if (answer == NULL) {
        return refuse_store(placing, STORE_UNAVAILABLE);
    }
    enum store_status status =
        settle(placing, ORDER_PAYMENT_FAILED, payment, payment->status, answer, NULL);
    cJSON_free(answer);
    if (status != STORE_OK) {
        trail_error("order_not_settled", "The order stays pending",
                    trail_kv("reason", store_status_code(status)));
    }
    trail_bind(trail_kv("reason", payment->reason));
    return refuse(placing, &problem);
}

static bool make_job(const struct placing *placing, struct order_job *ret_job)
{
    const struct order_request *request = placing->request;
    cJSON *payload = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(payload, "orderId", placing->claimed.order_id);
    (void)cJSON_AddStringToObject(payload, "userId", request->user_id);
    cJSON *items = cJSON_AddArrayToObject(payload, "items");
    for (size_t i = 0; i < request->item_count; i++) {
        cJSON *item = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(item, "sku", request->items[i].sku);
        (void)cJSON_AddNumberToObject(item, "quantity", request->items[i].quantity);
        (void)cJSON_AddItemToArray(items, item);
    }
    bool fits = cJSON_PrintPreallocated(payload, ret_job->payload, sizeof(ret_job->payload), 0);
    cJSON_Delete(payload);
    ret_job->payload_size = fits ? strlen(ret_job->payload) : 0;
    trail_envelope_init(&ret_job->envelope, NULL);
    return fits;
}

static int confirm(const struct placing *placing, const struct payment_result *payment,
                   struct order_job *job)
{
    char answer[ORDER_ANSWER_MAX];

    if (job == NULL || !make_job(placing, job)) {
        return refuse_store(placing, STORE_UNAVAILABLE);
    }
    (void)snprintf(answer, sizeof(answer),
                   "{\"orderId\":\"%s\",\"status\":\"" ORDER_CONFIRMED "\",\"requestId\":\"%s\"}",
                   placing->claimed.order_id, trail_request_id());
    enum store_status status = settle(placing, ORDER_CONFIRMED, payment, 201, answer, job);
    if (status != STORE_OK) {
        return refuse_store(placing, status);
    }
    trail_info("order_created", "Order created", trail_kv("items", placing->request->item_count),
               trail_duration_ns("durationMs", clock_since_ns(placing->started_ns)));
    publisher_publish(&placing->self->publisher, job);
    return trail_send_json(placing->conn, 201, answer);
}

/* A job is too large for the stack of CivetWeb's threads. */
static int succeed(const struct placing *placing, const struct payment_result *payment)
{
    struct order_job *job = malloc(sizeof(*job));
    int status = confirm(placing, payment, job);

    free(job);
    return status;
}

static int pay(const struct placing *placing, uint64_t claim_started_ns)
{
    struct payment_result payment;

    trail_bind(trail_kv("orderId", placing->claimed.order_id));
    if (placing->claimed.outcome == ORDER_TAKEN_OVER) {
        trail_warn("order_taken_over", "An earlier try did not come to its end");
    } else {
        trail_info("inventory_reserved", "Inventory reserved",
                   trail_kv("items", placing->request->item_count),
                   trail_duration_ns("durationMs", clock_since_ns(claim_started_ns)));
    }
    payment_charge(&placing->self->payment, placing->claimed.order_id, placing->request->token,
                   &payment);
    return payment.reason == NULL ? succeed(placing, &payment) : fail(placing, &payment);
}

static int refuse_claim(const struct placing *placing)
{
    switch (placing->claimed.outcome) {
    case ORDER_IN_PROGRESS:
        return refuse(placing, &(struct reply_problem){
                                   .status = 409,
                                   .error_code = "order_in_progress",
                                   .detail = "A request with this Idempotency-Key is at work.",
                                   .header = "Retry-After: 1"});
    case ORDER_KEY_REUSED:
        return refuse(placing, &(struct reply_problem){
                                   .status = 422,
                                   .error_code = "idempotency_key_reused",
                                   .detail = "This Idempotency-Key belongs to another order.",
                                   .field = "Idempotency-Key"});
    case ORDER_OUT_OF_STOCK:
        trail_bind(trail_kv("sku", placing->claimed.sku));
        return refuse(placing, &(struct reply_problem){.status = 409,
                                                       .error_code = "out_of_stock",
                                                       .detail = placing->claimed.sku});
    case ORDER_CLAIMED:
    case ORDER_TAKEN_OVER:
    case ORDER_ANSWERED:
        break;
    }
    return refuse_store(placing, STORE_BROKEN);
}

int checkout_place(struct mg_connection *conn, struct checkout *self,
                   const struct order_request *request, const char *key)
{
    struct placing placing = {
        .conn = conn, .self = self, .request = request, .started_ns = clock_now_ns()};
    char order_id[ORDER_ID_BYTES];
    char fingerprint[ORDER_HASH_BYTES];

    trail_bind(trail_kv("userId", request->user_id));
    trail_info("checkout_started", "Checkout started", trail_kv("items", request->item_count));
    new_uuid(order_id);
    new_uuid(placing.owner);
    order_request_fingerprint(request, fingerprint);
    uint64_t claim_started_ns = clock_now_ns();
    enum store_status status =
        self->store->ops->claim(self->store,
                                &(struct order_claim){.order_id = order_id,
                                                      .owner = placing.owner,
                                                      .user_id = request->user_id,
                                                      .request_id = trail_request_id(),
                                                      .items = request->items,
                                                      .item_count = request->item_count,
                                                      .key = key,
                                                      .fingerprint = fingerprint,
                                                      .lease_ms = (int64_t)self->lease_ms},
                                &placing.claimed);
    if (status != STORE_OK) {
        return refuse_store(&placing, status);
    }
    switch (placing.claimed.outcome) {
    case ORDER_CLAIMED:
    case ORDER_TAKEN_OVER:
        return pay(&placing, claim_started_ns);
    case ORDER_ANSWERED:
        return replay(&placing);
    case ORDER_IN_PROGRESS:
    case ORDER_KEY_REUSED:
    case ORDER_OUT_OF_STOCK:
        break;
    }
    return refuse_claim(&placing);
}
