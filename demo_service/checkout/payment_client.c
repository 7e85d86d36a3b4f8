/* Payment client: one charge over a network that may do anything. */
#include "checkout/payment_client.h"

#include "shared/body.h"
#include "shared/client.h"
#include "shared/clock.h"
#include "shared/json_depth.h"

#include <cJSON.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <trail/trail.h>

#define ATTEMPTS_MAX 2u
#define PAUSE_MS     50

static const struct payment_result paid = {NULL, 200, NULL};
static const struct payment_result declined = {"declined", 402, "payment_declined"};
static const struct payment_result timed_out = {"provider_timeout", 504, "provider_timeout"};
static const struct payment_result provider_error = {"provider_error", 502, "provider_error"};
static const struct payment_result internal = {"internal", 502, "payment_exception"};

static char *body_of(const char *order_id, const char *token)
{
    cJSON *object = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(object, "orderId", order_id);
    (void)cJSON_AddStringToObject(object, "token", token);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

/* A 200 counts only with the words of payment-service: something else may listen on its port. */
static bool says_authorized(const struct client_answer *answer)
{
    cJSON *object = json_is_shallow(answer->body, answer->body_size, BODY_DEPTH_MAX)
                        ? cJSON_ParseWithLength(answer->body, answer->body_size)
                        : NULL;
    const char *status = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "status"));
    bool authorized = status != NULL && strcmp(status, "authorized") == 0;

    cJSON_Delete(object);
    return authorized;
}

static struct payment_result judge(const struct client_answer *answer)
{
    if (answer->status == 0) {
        return strcmp(answer->error_code, "timeout") == 0 ? timed_out : provider_error;
    }
    switch (answer->status) {
    case 200:
        return says_authorized(answer) ? paid : internal;
    case 402:
        return declined;
    case 502:
    case 503:
        return provider_error;
    case 504:
        return timed_out;
    default:
        return internal;
    }
}

static void tell_failure(const struct client_answer *answer, const struct payment_result *result,
                         unsigned attempt, uint64_t started_ns)
{
    trail_warn("payment_failed", "payment-service gave no answer",
               trail_kv("reason", result->reason), trail_kv("errorCode", answer->error_code),
               trail_kv("attempt", attempt),
               trail_duration_ns("durationMs", clock_since_ns(started_ns)));
}

void payment_charge(const struct payment_client *self, const char *order_id, const char *token,
                    struct payment_result *ret_result)
{
    char url[512];
    char *body = body_of(order_id, token);
    uint64_t started_ns = clock_now_ns();
    struct client_request request = {.method = "POST",
                                     .url = url,
                                     .headers = {"Content-Type: application/json"},
                                     .timeout_ms = self->timeout_ms};

    *ret_result = internal;
    (void)snprintf(url, sizeof(url), "%s/payments", self->base_url);
    request.body = body;
    request.body_size = body != NULL ? strlen(body) : 0;
    for (unsigned attempt = 1; body != NULL && attempt <= ATTEMPTS_MAX; attempt++) {
        struct client_answer answer;
        request.attempt = attempt;
        client_call(&request, &answer);
        *ret_result = judge(&answer);
        bool last = attempt == ATTEMPTS_MAX || ret_result->status != provider_error.status ||
                    strcmp(ret_result->reason, provider_error.reason) != 0;
        if (last && answer.status == 0) {
            tell_failure(&answer, ret_result, attempt, started_ns);
        }
        client_answer_free(&answer);
        if (last) {
            break;
        }
        (void)poll(NULL, 0, PAUSE_MS);
    }
    cJSON_free(body);
}
