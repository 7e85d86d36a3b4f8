/* The checkout system as a fixture: real processes, in a folder of its own, on ports of the
 * kernel's choice. */
#ifndef TRAIL_TESTS_CHECKOUT_H
#define TRAIL_TESTS_CHECKOUT_H

#include "unit.h"

#include "demo/events.h"
#include "demo/fleet.h"
#include "demo/http.h"

#include <stdbool.h>
#include <stdio.h>

#define CHECKOUT_DEADLINE_MS 60000

struct checkout_system {
    char folder[64];
    struct fleet fleet;
};

/* An order as a customer places it; what is NULL is left out. */
struct checkout_order {
    const char *token;
    const char *request_id;
    const char *key;    /* Idempotency-Key */
    const char *source; /* address to call from */
    const char *user_id;
};

/* Starts everything; settings may be NULL: folder and programs are filled in. Fails the test if it
 * does not start. */
void checkout_start(struct checkout_system *system, const struct fleet_settings *settings);

/* Makes the folders, for a test that starts the services one by one. */
void checkout_prepare(struct checkout_system *system, const struct fleet_settings *settings);

/* Stops everything, holds that each ended with 0 and that no secret stands in any log, and removes
 * the folder. */
void checkout_stop(struct checkout_system *system);

/* Calls a service; the URL of the request is the path there. The answer is released by
 * http_answer_free(). */
void checkout_call(const struct checkout_system *system, enum fleet_service which,
                   const struct http_request *request, struct http_answer *ret_answer);

/* Places an order at the gateway. The answer is released by http_answer_free(). */
void checkout_place(const struct checkout_system *system, const struct checkout_order *order,
                    struct http_answer *ret_answer);

/* Places one and returns the status; the body's orderId goes to ret_order_id, if not NULL. */
int checkout_status(const struct checkout_system *system, const struct checkout_order *order,
                    char ret_order_id[40]);

/* How many events of a service bear this name and this ID; NULL: any. */
size_t checkout_count(const struct checkout_system *system, enum fleet_service which,
                      const char *event, const char *request_id);

/* Waits until there are that many at least; fails the test at the deadline. */
void checkout_wait(const struct checkout_system *system, enum fleet_service which,
                   const char *event, const char *request_id, size_t count);

/* Holds that there is exactly one, which may be written yet. */
void checkout_assert_once(const struct checkout_system *system, enum fleet_service which,
                          const char *event, const char *request_id);

/* Waits for an event with this name and ID, and returns the first, to be released by
 * cJSON_Delete(). */
cJSON *checkout_find(const struct checkout_system *system, enum fleet_service which,
                     const char *event, const char *request_id);

/* Waits until so many mails are sent at least; fails the test at the deadline. */
void checkout_wait_mails(const struct checkout_system *system, size_t count);

/* How many mails lie in the outbox, and how many files that are none. */
size_t checkout_mails(const struct checkout_system *system);
size_t checkout_strays(const struct checkout_system *system);

#endif
