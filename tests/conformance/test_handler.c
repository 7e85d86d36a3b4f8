/* Conformance: POST /test. */
#include "conformance.h"

#include "shared/json_depth.h"

#include <trail/curl.h>

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 1 << 20, CALL_TIMEOUT_MS = 5000 };

/* The whole body, terminated; NULL if it is longer than BODY_MAX or did not come whole. */
static char *read_body(struct mg_connection *conn)
{
    char *body = malloc(BODY_MAX + 1);
    int size = 0;
    int got = body != NULL ? 1 : 0;

    while (got > 0 && size < BODY_MAX) {
        got = mg_read(conn, body + size, (size_t)(BODY_MAX - size));
        size += got > 0 ? got : 0;
    }
    if (got != 0 || body == NULL) {
        free(body);
        return NULL;
    }
    body[size] = '\0';
    return body;
}

static size_t ignore_body(char *data, size_t unit, size_t count, void *context)
{
    (void)data;
    (void)context;
    return unit * count;
}

static CURLcode post(const char *url, const char *json)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (easy != NULL && headers != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_URL, url);
        (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        (void)curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, json);
        (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore_body);
        code = trail_curl_perform(
            easy, &(struct trail_curl_options){.headers = headers, .timeout_ms = CALL_TIMEOUT_MS});
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    return code;
}

/* False if the entry has not the form that the harness sends. What a call returns is its own
 * affair: the harness looks at what it received. */
static bool call_entry(const cJSON *entry)
{
    const char *url = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "url"));
    const cJSON *arguments = cJSON_GetObjectItemCaseSensitive(entry, "arguments");
    char *json;

    if (url == NULL || arguments == NULL || (json = cJSON_PrintUnformatted(arguments)) == NULL) {
        return false;
    }
    (void)post(url, json);
    cJSON_free(json);
    return true;
}

static bool call_all(const cJSON *entries)
{
    const cJSON *entry;
    bool valid = cJSON_IsArray(entries);

    cJSON_ArrayForEach(entry, entries)
    {
        valid = valid && call_entry(entry);
    }
    return valid;
}

int conformance_test(struct mg_connection *conn, void *data)
{
    (void)data;
    if (strcmp(mg_get_request_info(conn)->request_method, "POST") != 0) {
        return trail_send_problem(conn, 405, NULL, "POST alone is served here");
    }
    char *body = read_body(conn);
    bool readable = body != NULL && json_is_shallow(body, strlen(body), JSON_DEPTH_MAX);
    cJSON *entries = readable ? cJSON_Parse(body) : NULL;
    bool valid = call_all(entries);
    cJSON_Delete(entries);
    free(body);
    if (!valid) {
        return trail_send_problem(conn, 400, NULL, "a JSON array of {\"url\",\"arguments\"}");
    }
    return trail_send_json(conn, 200, "{}");
}
