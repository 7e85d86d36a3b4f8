/* The header fields that CivetWeb itself would send. */
#ifndef TRL_CIVETWEB_FIELDS_H
#define TRL_CIVETWEB_FIELDS_H

#include "civetweb/exchange.h"

/* Begins a response's head, or gives that status to the one that the handler has begun; false if
 * there is no room. */
bool trl_fields_begin(struct trl_exchange *exchange, int status);

/* The same, but one that has begun keeps its status; false, too, if a head has left. */
bool trl_fields_go_on(struct trl_exchange *exchange, int status);

/* Of a head that CivetWeb sends by itself: it keeps what was added before it begins its own, if
 * that has begun already. The request ID, and what the handler has added. */
void trl_fields_hand_over(struct trl_exchange *exchange, int status);

/* CivetWeb goes on with a request whose head may have begun: it may come to send that by itself. */
void trl_fields_pass_on(struct trl_exchange *exchange);

bool trl_fields_add(struct trl_exchange *exchange, const char *name, const char *value);
bool trl_fields_add_length(struct trl_exchange *exchange, uint64_t length);

/* Lines of `name: value`; returns how many were added, or negative as CivetWeb's function does. */
int trl_fields_add_lines(struct trl_exchange *exchange, const char *lines);

/* Cache-Control, Expires and Pragma that forbid to keep it; Cache-Control of static files; what
 * additional_header and its like name; Access-Control-Allow-Origin where this CivetWeb sends it by
 * itself. */
void trl_fields_no_cache(struct trl_exchange *exchange);
void trl_fields_static_cache(struct trl_exchange *exchange);
void trl_fields_own(struct trl_exchange *exchange);
void trl_fields_cors(struct trl_exchange *exchange);
/* The same, where a file is sent: any CivetWeb does. */
void trl_fields_file_cors(struct trl_exchange *exchange);

/* Date and Connection if they are missing, the blank line; sends what may leave. Negative if that
 * failed. */
int trl_fields_end(struct trl_exchange *exchange);

/* The same, with the body, in one call. */
int trl_fields_end_with(struct trl_exchange *exchange, const char *body, size_t size);

/* The same, without a Connection that goes without saying. */
int trl_fields_end_tersely(struct trl_exchange *exchange, const char *body, size_t size);

/* Sends a response with a body that needs no field but Content-Type, Content-Length and Date, in
 * one go, filling in reason and date. False: this one needs others, or there is no room, and
 * nothing was sent. */
bool trl_fields_send_plain(struct trl_exchange *exchange, struct trl_whole_response *whole);

/* A redirect as CivetWeb 1.16 sends it; returns what that returns. */
int trl_fields_redirect(struct trl_exchange *exchange, const char *target, int code);

/* keep-alive or close, by CivetWeb's rules. */
const char *trl_fields_connection(const struct trl_exchange *exchange);

#endif
