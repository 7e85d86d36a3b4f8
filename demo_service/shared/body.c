/* Body: a client may send anything; what reaches a handler is an object whose fields have the right
 * types and sizes, or a sentence that says which has not. */
#include "shared/body.h"

#include "shared/json_depth.h"
#include "shared/reply.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_MAX  (16u * 1024 * 1024)
#define FIRST_SIZE 1024u

static void drain(struct mg_connection *conn)
{
    char nowhere[4096];
    size_t total = 0;
    int count = 0;

    while (total < DRAIN_MAX && (count = mg_read(conn, nowhere, sizeof(nowhere))) > 0) {
        total += (size_t)count;
    }
}

static bool grow(struct body *body, size_t *capacity)
{
    size_t wanted = *capacity == 0 ? FIRST_SIZE : *capacity * 2;
    char *text = realloc(body->text, wanted);

    if (text == NULL) {
        return false;
    }
    body->text = text;
    *capacity = wanted;
    return true;
}

enum body_outcome body_read(struct mg_connection *conn, struct body *ret_body)
{
    long long announced = mg_get_request_info(conn)->content_length;
    size_t capacity = 0;

    *ret_body = (struct body){NULL, 0};
    for (;;) {
        if (ret_body->size > BODY_MAX || announced > BODY_MAX) {
            drain(conn);
            return BODY_TOO_LARGE;
        }
        if (ret_body->size + 1 >= capacity && !grow(ret_body, &capacity)) {
            return BODY_NO_MEMORY;
        }
        int count = mg_read(conn, ret_body->text + ret_body->size, capacity - ret_body->size - 1);
        if (count <= 0) {
            break;
        }
        ret_body->size += (size_t)count;
    }
    ret_body->text[ret_body->size] = '\0';
    return announced >= 0 && ret_body->size < (size_t)announced ? BODY_CUT_OFF : BODY_OK;
}

void body_free(struct body *body)
{
    free(body->text);
    body->text = NULL;
}

bool body_refuse(struct body_problem *problem, const char *path, const char *name,
                 const char *detail)
{
    (void)snprintf(problem->field, sizeof(problem->field), "%s%s", path, name);
    (void)snprintf(problem->detail, sizeof(problem->detail), "%s%s %s", path, name, detail);
    return false;
}

cJSON *body_parse(const struct body *body, struct body_problem *problem)
{
    if (body->size == 0) {
        (void)body_refuse(problem, "", "body", "is empty; a JSON object is expected");
        return NULL;
    }
    if (!json_is_shallow(body->text, body->size, BODY_DEPTH_MAX)) {
        (void)body_refuse(problem, "", "body", "is nested too deeply");
        return NULL;
    }
    /* The terminator is passed as well: cJSON asks for it to see that nothing follows. */
    cJSON *object = cJSON_ParseWithLengthOpts(body->text, body->size + 1, NULL, 1);
    if (object == NULL || strlen(body->text) != body->size) {
        (void)body_refuse(problem, "", "body", "is not JSON");
    } else if (!cJSON_IsObject(object)) {
        (void)body_refuse(problem, "", "body", "is not a JSON object");
    } else if (json_holds_nul(body->text, body->size)) {
        (void)body_refuse(problem, "", "body", "has a NUL in a string");
    } else {
        return object;
    }
    cJSON_Delete(object);
    return NULL;
}

const cJSON *body_member(const cJSON *object, const char *path, const char *name,
                         struct body_problem *problem)
{
    const cJSON *found = NULL;
    const cJSON *member = NULL;

    cJSON_ArrayForEach(member, object)
    {
        if (member->string == NULL || strcmp(member->string, name) != 0) {
            continue;
        }
        if (found != NULL) {
            (void)body_refuse(problem, path, name, "stands there twice");
            return NULL;
        }
        found = member;
    }
    if (found == NULL) {
        (void)body_refuse(problem, path, name, "is missing");
    }
    return found;
}

bool body_text(const cJSON *object, const char *path, const char *name, const char *allowed,
               size_t max, const char **ret_text, struct body_problem *problem)
{
    const cJSON *item = body_member(object, path, name, problem);
    char detail[96];

    if (item == NULL) {
        return false;
    }
    if (!cJSON_IsString(item)) {
        return body_refuse(problem, path, name, "must be a string");
    }
    size_t size = strlen(item->valuestring);
    if (size == 0 || size > max) {
        (void)snprintf(detail, sizeof(detail), "must have 1 to %zu bytes", max);
        return body_refuse(problem, path, name, detail);
    }
    if (allowed != NULL && strspn(item->valuestring, allowed) != size) {
        return body_refuse(problem, path, name, "may hold letters, digits and . _ @ + - only");
    }
    *ret_text = item->valuestring;
    return true;
}

bool body_number(const cJSON *object, const char *path, const char *name, unsigned min,
                 unsigned max, unsigned *ret_number, struct body_problem *problem)
{
    const cJSON *item = body_member(object, path, name, problem);
    char detail[96];

    if (item == NULL) {
        return false;
    }
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= min && item->valuedouble <= max) ||
        item->valuedouble != floor(item->valuedouble)) {
        (void)snprintf(detail, sizeof(detail), "must be a whole number from %u to %u", min, max);
        return body_refuse(problem, path, name, detail);
    }
    *ret_number = (unsigned)item->valuedouble;
    return true;
}

int body_reply_problem(struct mg_connection *conn, const struct body_problem *problem)
{
    trail_bind(trail_kv("field", problem->field));
    return reply_problem(conn, &(struct reply_problem){.status = 400,
                                                       .error_code = "validation_failed",
                                                       .detail = problem->detail,
                                                       .field = problem->field});
}

bool body_whole(struct mg_connection *conn, struct body *ret_body, int *ret_status)
{
    struct body_problem problem = {"", ""};

    switch (body_read(conn, ret_body)) {
    case BODY_OK:
        return true;
    case BODY_CUT_OFF:
        (void)body_refuse(&problem, "", "body", "ends before its announced length");
        *ret_status = body_reply_problem(conn, &problem);
        return false;
    case BODY_TOO_LARGE:
        *ret_status = reply_problem(
            conn, &(struct reply_problem){.status = 413,
                                          .error_code = "body_too_large",
                                          .field = "body",
                                          .detail = "A body may have 65536 bytes at most."});
        return false;
    case BODY_NO_MEMORY:
        break;
    }
    *ret_status =
        reply_problem(conn, &(struct reply_problem){.status = 503, .error_code = "out_of_memory"});
    return false;
}

cJSON *body_object(struct mg_connection *conn, struct body *ret_body, int *ret_status)
{
    struct body_problem problem = {"", ""};

    if (!body_whole(conn, ret_body, ret_status)) {
        return NULL;
    }
    cJSON *object = body_parse(ret_body, &problem);
    if (object == NULL) {
        *ret_status = body_reply_problem(conn, &problem);
    }
    return object;
}
