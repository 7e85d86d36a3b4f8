/* Reading what a client sends, within bounds, and checking it field by field. */
#ifndef DEMO_BODY_H
#define DEMO_BODY_H

#include <cJSON.h>
#include <trail/civetweb.h>

#include <stdbool.h>
#include <stddef.h>

#define BODY_MAX       65536
#define BODY_DEPTH_MAX 16u /* no one here has a use for more */

#define BODY_DIGITS  "0123456789"
#define BODY_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define BODY_NAME                                                                                  \
    BODY_LETTERS BODY_DIGITS "._@+-" /* what user IDs, SKUs and tokens are made of                 \
                                      */

enum body_outcome {
    BODY_OK,
    BODY_TOO_LARGE,
    BODY_CUT_OFF, /* less came than was announced */
    BODY_NO_MEMORY,
};

struct body {
    char *text; /* terminated, though it may hold NULs */
    size_t size;
};

/* Reads the whole body, BODY_MAX bytes at most. What is too large is read on and thrown away for a
 * while: a client that is still sending does not look at the answer. ret_body is released by
 * body_free(), whatever the outcome. */
enum body_outcome body_read(struct mg_connection *conn, struct body *ret_body);
void body_free(struct body *body);

/* What is wrong with a body: the path of the field, and a sentence. */
struct body_problem {
    char field[96];
    char detail[160];
};

/* Reads one JSON object. NULL: problem tells; else to be released by cJSON_Delete(). */
cJSON *body_parse(const struct body *body, struct body_problem *problem);

/* Notes a problem and returns false. */
bool body_refuse(struct body_problem *problem, const char *path, const char *name,
                 const char *detail);

/* The member of this name. NULL: it is missing, or stands there twice, of which each reader would
 * take another one; problem tells. path is that of the object, with its dot, or "". */
const cJSON *body_member(const cJSON *object, const char *path, const char *name,
                         struct body_problem *problem);

/* Takes a string of 1 to max bytes, all of them in allowed (NULL: any). ret_text is borrowed until
 * the object is deleted. */
bool body_text(const cJSON *object, const char *path, const char *name, const char *allowed,
               size_t max, const char **ret_text, struct body_problem *problem);

/* Takes a whole number from min to max. */
bool body_number(const cJSON *object, const char *path, const char *name, unsigned min,
                 unsigned max, unsigned *ret_number, struct body_problem *problem);

/* Reads the whole body, or answers 400 or 413 and returns false; ret_status then holds what the
 * handler returns. */
bool body_whole(struct mg_connection *conn, struct body *ret_body, int *ret_status);

/* body_whole() and body_parse(): NULL when the request has been answered. */
cJSON *body_object(struct mg_connection *conn, struct body *ret_body, int *ret_status);

/* Answers 400 validation_failed and returns 400. */
int body_reply_problem(struct mg_connection *conn, const struct body_problem *problem);

#endif
