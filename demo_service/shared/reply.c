/* Reply: JSON for what went well, problem+json for what did not. */
#include "shared/reply.h"

#include <string.h>

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

static void add_text(cJSON *object, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        (void)cJSON_AddStringToObject(object, name, text);
    }
}

char *reply_problem_text(const struct mg_connection *conn, const struct reply_problem *problem)
{
    cJSON *object = cJSON_CreateObject();

    add_text(object, "type", "about:blank");
    add_text(object, "title", mg_get_response_code_text(conn, problem->status));
    (void)cJSON_AddNumberToObject(object, "status", problem->status);
    add_text(object, "detail", problem->detail);
    add_text(object, "errorCode", problem->error_code);
    add_text(object, "field", problem->field);
    add_text(object, "orderId", problem->order_id);
    add_text(object, "requestId", trail_request_id());
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

int reply_problem(struct mg_connection *conn, const struct reply_problem *problem)
{
    char *text = reply_problem_text(conn, problem);

    trail_bind(trail_kv("errorCode", or_nothing(problem->error_code)));
    int result = reply_text(conn, problem->status, "application/problem+json", problem->header,
                            or_nothing(text), strlen(or_nothing(text)));
    cJSON_free(text);
    return result;
}

int reply_text(struct mg_connection *conn, int status, const char *content_type, const char *header,
               const char *text, size_t size)
{
    if (header == NULL) {
        return trail_send_text(conn, status, content_type, text, size);
    }
    (void)mg_printf(conn,
                    "HTTP/1.1 %d %s\r\n%s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                    "Connection: close\r\n\r\n",
                    status, mg_get_response_code_text(conn, status), header, content_type, size);
    (void)mg_write(conn, text, size);
    return status;
}

int reply_json(struct mg_connection *conn, int status, cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);

    cJSON_Delete(object);
    if (text == NULL) {
        return reply_problem(conn,
                             &(struct reply_problem){.status = 500, .error_code = "out_of_memory"});
    }
    int result = trail_send_json(conn, status, text);
    cJSON_free(text);
    return result;
}
