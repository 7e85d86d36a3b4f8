/* Payments: what a charge becomes as an answer and as an event. The token is a secret: it goes to
 * the provider and nowhere else. */
#include "payment/payments.h"

#include "payment/provider.h"
#include "shared/body.h"
#include "shared/clock.h"
#include "shared/reply.h"

#include <stdio.h>
#include <string.h>

#define AUTHORIZED "authorized"
#define DECLINED   "declined"

struct charge {
    const char *order_id;
    const char *token;
    struct payment payment;
    uint64_t started_ns;
};

static int reply_authorized(struct mg_connection *conn, const struct charge *charge)
{
    cJSON *answer = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(answer, "paymentId", charge->payment.payment_id);
    (void)cJSON_AddStringToObject(answer, "status", AUTHORIZED);
    return reply_json(conn, 200, answer);
}

static int authorized(struct mg_connection *conn, const struct charge *charge)
{
    trail_info("payment_authorized", "Payment authorized",
               trail_kv("paymentId", charge->payment.payment_id),
               trail_kv("attempt", charge->payment.tries),
               trail_duration_ns("durationMs", clock_since_ns(charge->started_ns)));
    return reply_authorized(conn, charge);
}

static int failed(struct mg_connection *conn, const struct charge *charge, const char *reason,
                  int status, const char *error_code)
{
    trail_warn("payment_failed", "Payment failed", trail_kv("reason", reason),
               trail_kv("paymentId", charge->payment.payment_id),
               trail_kv("attempt", charge->payment.tries),
               trail_duration_ns("durationMs", clock_since_ns(charge->started_ns)));
    return reply_problem(conn, &(struct reply_problem){.status = status,
                                                       .error_code = error_code,
                                                       .order_id = charge->order_id});
}

/* An exception: nothing is known but that it must not happen, so it is told in full and answered
 * with nothing but the ID. */
static int broken(struct mg_connection *conn, const struct charge *charge, const char *what)
{
    trail_error("internal_exception", what);
    return failed(conn, charge, "internal", 500, "internal");
}

static int settle(struct mg_connection *conn, const struct payments *self, struct charge *charge)
{
    enum provider_outcome outcome =
        provider_charge(&(struct provider_charge){.token = charge->token,
                                                  .tries = charge->payment.tries,
                                                  .timeout_ms = self->provider_timeout_ms});
    const char *final = outcome == PROVIDER_AUTHORIZED ? AUTHORIZED
                        : outcome == PROVIDER_DECLINED ? DECLINED
                                                       : NULL;

    if (final != NULL && !payment_store_settle(self->store, charge->order_id, final)) {
        return broken(conn, charge, "The payment could not be stored");
    }
    switch (outcome) {
    case PROVIDER_AUTHORIZED:
        return authorized(conn, charge);
    case PROVIDER_DECLINED:
        return failed(conn, charge, DECLINED, 402, "payment_declined");
    case PROVIDER_TIMEOUT:
        return failed(conn, charge, "provider_timeout", 504, "provider_timeout");
    case PROVIDER_ERROR:
        return failed(conn, charge, "provider_error", 502, "provider_error");
    case PROVIDER_NONSENSE:
        break;
    }
    return broken(conn, charge, "The provider answered in a form that is not known");
}

/* In its turn. */
static int charge_once(struct mg_connection *conn, const struct payments *self,
                       struct charge *charge)
{
    if (!payment_store_try(self->store, charge->order_id, &charge->payment)) {
        return broken(conn, charge, "The payment could not be looked up");
    }
    if (strcmp(charge->payment.outcome, AUTHORIZED) == 0) {
        trail_info("payment_repeated", "Charged before, not charged again",
                   trail_kv("paymentId", charge->payment.payment_id));
        return reply_authorized(conn, charge);
    }
    if (strcmp(charge->payment.outcome, DECLINED) == 0) {
        return failed(conn, charge, DECLINED, 402, "payment_declined");
    }
    return settle(conn, self, charge);
}

static int charge_order(struct mg_connection *conn, const struct payments *self,
                        struct charge *charge)
{
    struct payment_turn turn;

    trail_bind(trail_kv("orderId", charge->order_id));
    charge->started_ns = clock_now_ns();
    payment_store_enter(self->store, charge->order_id, &turn);
    int status = charge_once(conn, self, charge);
    payment_store_leave(self->store, &turn);
    return status;
}

int payments_handle(struct mg_connection *conn, void *app)
{
    struct body body;
    struct body_problem problem;
    struct charge charge = {0};
    int status = 0;
    cJSON *object = body_object(conn, &body, &status);

    if (object != NULL) {
        if (body_text(object, "", "orderId", BODY_NAME, PAYMENT_ID_BYTES - 1, &charge.order_id,
                      &problem) &&
            body_text(object, "", "token", BODY_NAME, 64, &charge.token, &problem)) {
            status = charge_order(conn, app, &charge);
        } else {
            status = body_reply_problem(conn, &problem);
        }
    }
    cJSON_Delete(object);
    body_free(&body);
    return status;
}
