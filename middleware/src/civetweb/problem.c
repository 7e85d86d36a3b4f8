/* CivetWeb adapter: problem details as JSON, bounded, always valid. */
#include "civetweb/problem.h"

#include "core/json.h"

#include <string.h>

/* Room that the members behind the detail always find. */
enum { RESERVE = 256 };

static void put_member(struct trl_json *json, const char *name, size_t name_size, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        (void)trl_json_raw(json, name, name_size);
        (void)trl_json_string(json, value, strlen(value));
    }
}
#define PUT_MEMBER(json, name, value) put_member((json), name, sizeof(name) - 1, (value))

size_t trl_problem_format(char out[TRL_PROBLEM_SIZE], int status, const char *title,
                          const char *detail, const char *request_id)
{
    struct trl_json json;

    trl_json_init(&json, out, TRL_PROBLEM_SIZE - RESERVE);
    (void)TRL_JSON_LITERAL(&json, "{\"type\":\"about:blank\",\"status\":");
    (void)trl_json_int(&json, status);
    PUT_MEMBER(&json, ",\"title\":", title);
    PUT_MEMBER(&json, ",\"detail\":", detail);
    json.end += RESERVE;
    PUT_MEMBER(&json, ",\"requestId\":", request_id);
    (void)TRL_JSON_LITERAL(&json, "}");
    return (size_t)(json.at - out);
}
