/* Sessions: logging in, asking for a new password, and what only an administrator sees. No password
 * and no token is ever logged, and no answer tells whether a user exists. */
#include "checkout/accounts.h"
#include "checkout/checkout.h"
#include "shared/clock.h"
#include "shared/reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ORDERS_LISTED 100
#define BEARER        "Bearer "

struct credentials {
    const char *user_id;
    const char *password;
};

static int reply_locked(struct mg_connection *conn, const struct login *login)
{
    char header[48];

    (void)snprintf(header, sizeof(header), "Retry-After: %u", login->lock_s);
    return reply_problem(conn, &(struct reply_problem){.status = 429,
                                                       .error_code = "login_locked",
                                                       .detail = "Too many failures.",
                                                       .header = header});
}

static int reply_session(struct mg_connection *conn, const struct credentials *credentials,
                         const struct login *login)
{
    cJSON *answer = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(answer, "userId", credentials->user_id);
    (void)cJSON_AddStringToObject(answer, "token", login->token);
    (void)cJSON_AddStringToObject(answer, "requestId", trail_request_id());
    return reply_json(conn, 201, answer);
}

static int reply_failed(struct mg_connection *conn, const struct login *login)
{
    trail_warn("login_failed", "Login failed", trail_kv("reason", "bad_credentials"),
               trail_kv("failures", login->failures));
    if (login->outcome == LOGIN_FAILED_AND_LOCKED) {
        trail_warn("login_locked", "Too many failures: locked",
                   trail_kv("failures", login->failures), trail_kv("lockSeconds", login->lock_s));
    }
    return reply_problem(conn, &(struct reply_problem){.status = 401,
                                                       .error_code = "login_failed",
                                                       .header = "WWW-Authenticate: Bearer"});
}

static int log_in(struct mg_connection *conn, struct checkout *self,
                  const struct credentials *credentials)
{
    uint64_t started_ns = clock_now_ns();
    struct login login;

    trail_bind(trail_kv("userId", credentials->user_id));
    accounts_login(self->accounts, credentials->user_id, credentials->password, &login);
    switch (login.outcome) {
    case LOGIN_SUCCEEDED:
        trail_info("login_succeeded", "Logged in",
                   trail_duration_ns("durationMs", clock_since_ns(started_ns)));
        return reply_session(conn, credentials, &login);
    case LOGIN_FAILED:
    case LOGIN_FAILED_AND_LOCKED:
        return reply_failed(conn, &login);
    case LOGIN_LOCKED:
        trail_warn("login_failed", "Login refused", trail_kv("reason", "locked"),
                   trail_kv("failures", login.failures));
        return reply_locked(conn, &login);
    case LOGIN_UNAVAILABLE:
        break;
    }
    return reply_problem(conn,
                         &(struct reply_problem){.status = 503, .error_code = "login_unavailable"});
}

int sessions_handle(struct mg_connection *conn, void *app)
{
    struct credentials credentials = {NULL, NULL};
    struct body body;
    struct body_problem problem;
    int status = 0;
    cJSON *object = body_object(conn, &body, &status);

    if (object != NULL) {
        if (body_text(object, "", "userId", BODY_NAME, ACCOUNT_USER_MAX, &credentials.user_id,
                      &problem) &&
            body_text(object, "", "password", NULL, ACCOUNT_PASSWORD_MAX, &credentials.password,
                      &problem)) {
            status = log_in(conn, app, &credentials);
        } else {
            status = body_reply_problem(conn, &problem);
        }
    }
    cJSON_Delete(object);
    body_free(&body);
    return status;
}

int password_resets_handle(struct mg_connection *conn, void *app)
{
    const char *user_id = NULL;
    struct body body;
    struct body_problem problem;
    int status = 0;
    cJSON *object = body_object(conn, &body, &status);

    (void)app;
    if (object != NULL) {
        if (body_text(object, "", "userId", BODY_NAME, ACCOUNT_USER_MAX, &user_id, &problem)) {
            cJSON *answer = cJSON_CreateObject();
            trail_info("password_reset_requested", "Password reset requested",
                       trail_kv("userId", user_id));
            (void)cJSON_AddStringToObject(answer, "status", "accepted");
            (void)cJSON_AddStringToObject(answer, "requestId", trail_request_id());
            status = reply_json(conn, 202, answer);
        } else {
            status = body_reply_problem(conn, &problem);
        }
    }
    cJSON_Delete(object);
    body_free(&body);
    return status;
}

static int deny(struct mg_connection *conn, int status, const char *reason)
{
    trail_warn("permission_denied", "Permission denied", trail_kv("reason", reason));
    return reply_problem(
        conn, &(struct reply_problem){.status = status,
                                      .error_code = "permission_denied",
                                      .detail = reason,
                                      .header = status == 401 ? "WWW-Authenticate: Bearer" : NULL});
}

static void add_order(void *context, const struct order_view *order)
{
    cJSON *object = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(object, "orderId", order->order_id);
    (void)cJSON_AddStringToObject(object, "userId", order->user_id);
    (void)cJSON_AddStringToObject(object, "status", order->status);
    (void)cJSON_AddStringToObject(object, "requestId", order->request_id);
    (void)cJSON_AddItemToArray(context, object);
}

static int list_orders(struct mg_connection *conn, struct checkout *self)
{
    cJSON *answer = cJSON_CreateObject();
    cJSON *orders = cJSON_AddArrayToObject(answer, "orders");
    enum store_status status =
        self->store->ops->list(self->store, ORDERS_LISTED, add_order, orders);

    if (status != STORE_OK) {
        cJSON_Delete(answer);
        return checkout_reply_store(conn, status);
    }
    return reply_json(conn, 200, answer);
}

int admin_orders_handle(struct mg_connection *conn, void *app)
{
    struct checkout *self = app;
    const char *authorization = mg_get_header(conn, "Authorization");
    char user_id[ACCOUNT_USER_MAX + 1];
    bool is_admin = false;

    if (authorization == NULL || strncasecmp(authorization, BEARER, sizeof(BEARER) - 1) != 0 ||
        !accounts_session(self->accounts, authorization + sizeof(BEARER) - 1, user_id, &is_admin)) {
        return deny(conn, 401, "not_logged_in");
    }
    trail_bind(trail_kv("userId", user_id));
    return is_admin ? list_orders(conn, self) : deny(conn, 403, "not_an_administrator");
}
