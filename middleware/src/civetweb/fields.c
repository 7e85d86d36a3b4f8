/* CivetWeb adapter: heads with the same fields as CivetWeb's own, in one buffer: CivetWeb sends
 * each line by itself. */
#include "civetweb/fields.h"

#include "civetweb/head.h"
#include "civetweb/request.h"
#include "civetweb/whole.h"
#include "core/ascii.h"
#include "core/likely.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* RFC 9110, section 5.6.7; formatted once a second for each thread. */
static const char *http_date(void)
{
    static __thread time_t formatted __attribute__((tls_model("initial-exec")));
    static __thread char text[TRL_DATE_SIZE + 1] __attribute__((tls_model("initial-exec")));
    time_t now = time(NULL);

    if (now != formatted) {
        static const char days[] = "SunMonTueWedThuFriSat";
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        struct tm tm;
        char line[64];
        gmtime_r(&now, &tm);
        snprintf(line, sizeof(line), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                 days + 3 * (size_t)tm.tm_wday, tm.tm_mday, months + 3 * (size_t)tm.tm_mon,
                 tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
        memcpy(text, line, TRL_DATE_SIZE);
        formatted = now;
    }
    return text;
}

/* Of a request that could not be parsed, CivetWeb may leave any bytes here. */
static bool is_version(const char *text)
{
    return text != NULL && text[0] >= '0' && text[0] <= '9' && text[1] == '.' && text[2] >= '0' &&
           text[2] <= '9' && text[3] == '\0';
}

bool trl_fields_begin(struct trl_exchange *exchange, int status)
{
    struct trl_response *response = &exchange->response;
    const char *version =
        is_version(exchange->info->http_version) ? exchange->info->http_version : "1.0";
    const char *reason = mg_get_response_code_text(exchange->out, status);

    if (response->phase == TRL_RESPONSE_BUILDING) {
        return trl_response_restate(response, version, status, reason);
    }
    bool built = trl_response_build(response, version, status, reason);
    if (exchange->handed > 0) { /* of the head before it: that had the ID, and nothing of this */
        exchange->handed = response->end;
    }
    return built;
}

bool trl_fields_go_on(struct trl_exchange *exchange, int status)
{
    return exchange->response.phase == TRL_RESPONSE_BUILDING ||
           (exchange->response.phase < TRL_RESPONSE_BUILDING && trl_fields_begin(exchange, status));
}

void trl_fields_hand_over(struct trl_exchange *exchange, int status)
{
    struct trl_response *response = &exchange->response;

    (void)mg_response_header_start(exchange->out, status);
    if (response->phase != TRL_RESPONSE_BUILDING) {
        (void)mg_response_header_add(exchange->out, response->id_name, response->id, -1);
    } else if (trl_response_make_room(response, 1)) {
        const char *lines = exchange->handed > 0 ? response->buffer + exchange->handed
                                                 : trl_response_built_fields(response);
        response->buffer[response->end] = '\0';
        (void)mg_response_header_add_lines(exchange->out, lines);
        exchange->handed = response->end;
    }
}

void trl_fields_pass_on(struct trl_exchange *exchange)
{
    if (exchange->response.phase == TRL_RESPONSE_BUILDING && !trl_whole_program) {
        trl_fields_hand_over(exchange, exchange->response.status);
    }
}

bool trl_fields_add(struct trl_exchange *exchange, const char *name, const char *value)
{
    return trl_response_add(&exchange->response, name, strlen(name), value, strlen(value));
}

bool trl_fields_add_length(struct trl_exchange *exchange, uint64_t length)
{
    struct trl_response *response = &exchange->response;
    uint64_t left = length;
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (!trl_response_add_silent(response, "Content-Length", 14, digits + at,
                                 sizeof(digits) - at)) {
        return false;
    }
    response->has_length = true;
    response->length = length;
    return true;
}

/* One line of `name: value`; false if it is none. */
static bool split_line(const char *line, size_t size, size_t *ret_name_size, const char **ret_value,
                       size_t *ret_value_size)
{
    const char *colon = memchr(line, ':', size);
    const char *value;

    if (colon == NULL || colon == line) {
        return false;
    }
    value = colon + 1;
    while (value < line + size && (*value == ' ' || *value == '\t')) {
        value++;
    }
    *ret_name_size = (size_t)(colon - line);
    while (*ret_name_size > 1 && line[*ret_name_size - 1] == ' ') {
        (*ret_name_size)--;
    }
    *ret_value = value;
    *ret_value_size = (size_t)(line + size - value);
    return true;
}

int trl_fields_add_lines(struct trl_exchange *exchange, const char *lines)
{
    int added = 0;

    while (*lines != '\0' && *lines != '\r' && *lines != '\n') {
        size_t size = strcspn(lines, "\r\n");
        size_t name_size;
        size_t value_size;
        const char *value;
        if (!split_line(lines, size, &name_size, &value, &value_size)) {
            return -1;
        }
        if (exchange->response.fields >= MG_MAX_HEADERS) {
            return -4;
        }
        if (!trl_response_add(&exchange->response, lines, name_size, value, value_size)) {
            return -5;
        }
        added++;
        lines += size;
        lines += *lines == '\r';
        lines += *lines == '\n';
    }
    return added;
}

void trl_fields_no_cache(struct trl_exchange *exchange)
{
    static const char lines[] =
        "Cache-Control: no-cache, no-store, must-revalidate, private, max-age=0\r\n"
        "Expires: 0\r\n"
        "Pragma: no-cache\r\n";

    (void)trl_response_add_raw(&exchange->response, lines, sizeof(lines) - 1);
    exchange->response.fields += 3;
}

void trl_fields_own(struct trl_exchange *exchange)
{
    if (exchange->site->own_fields != NULL) {
        (void)trl_fields_add_lines(exchange, exchange->site->own_fields);
    }
}

void trl_fields_cors(struct trl_exchange *exchange)
{
    if (exchange->server->modern) {
        trl_fields_file_cors(exchange);
    }
}

static bool is_cross_origin(const struct trl_exchange *exchange)
{
    const char *origin =
        exchange->site->cors_origin != NULL ? trl_request_header(exchange->info, "Origin") : NULL;

    return origin != NULL && origin[0] != '\0';
}

void trl_fields_file_cors(struct trl_exchange *exchange)
{
    if (is_cross_origin(exchange)) {
        (void)trl_fields_add(exchange, "Access-Control-Allow-Origin", exchange->site->cors_origin);
    }
}

static bool is_1_1(const struct mg_request_info *info)
{
    const char *version = info->http_version;

    return version != NULL && version[0] == '1' && version[1] == '.' && version[2] == '1' &&
           version[3] == '\0';
}

/* terse: no Connection that an HTTP/1.1 client takes for granted (RFC 9112, section 9.3). */
static void add_last(struct trl_exchange *exchange, bool terse)
{
    struct trl_response *response = &exchange->response;

    if (!response->has_date) {
        (void)trl_response_add_silent(response, "Date", 4, http_date(), TRL_DATE_SIZE);
    }
    if (response->has_connection) {
        return;
    }
    const char *value =
        trl_response_ends_by_close(response) ? "close" : trl_fields_connection(exchange);
    if (!terse || value[0] == 'c' || !is_1_1(exchange->info)) {
        (void)trl_response_add_silent(response, "Connection", 10, value, strlen(value));
    }
}

int trl_fields_end(struct trl_exchange *exchange)
{
    add_last(exchange, false);
    return trl_response_build_end(&exchange->response);
}

int trl_fields_end_with(struct trl_exchange *exchange, const char *body, size_t size)
{
    add_last(exchange, false);
    return trl_response_build_end_with(&exchange->response, body, size);
}

int trl_fields_end_tersely(struct trl_exchange *exchange, const char *body, size_t size)
{
    add_last(exchange, true);
    return trl_response_build_end_with(&exchange->response, body, size);
}

/* Whether a response has no field but those that all have, and leaves the connection as it is. */
static bool is_plain(const struct trl_exchange *exchange)
{
    return trl_response_is_untouched(&exchange->response) && exchange->site->own_fields == NULL &&
           is_1_1(exchange->info) && trl_fields_connection(exchange)[0] == 'k' &&
           !(exchange->server->modern && is_cross_origin(exchange));
}

bool trl_fields_send_plain(struct trl_exchange *exchange, struct trl_whole_response *whole)
{
    if (TRL_UNLIKELY(!is_plain(exchange))) {
        return false;
    }
    whole->reason =
        whole->status == 200 ? "OK" : mg_get_response_code_text(exchange->out, whole->status);
    whole->date = http_date();
    (void)trl_response_send_whole(&exchange->response, whole);
    return exchange->response.status != 0;
}

/* CivetWeb takes an item for keep-alive that is a beginning of it. */
static bool asks_to_keep(const char *list)
{
    while (*list != '\0') {
        size_t size;
        list += strspn(list, " \t,");
        size = strcspn(list, ",= \t");
        if (size > 0 && size <= 10 && trl_strncasecmp(list, "keep-alive", size) == 0) {
            return true;
        }
        list += strcspn(list, ",");
    }
    return false;
}

const char *trl_fields_connection(const struct trl_exchange *exchange)
{
    const char *asked = exchange->asked.connection;

    if (exchange->must_close || !exchange->site->keep_alive) {
        return "close";
    }
    bool keep = asked != NULL ? asks_to_keep(asked) : is_1_1(exchange->info);
    return keep ? "keep-alive" : "close";
}

void trl_fields_static_cache(struct trl_exchange *exchange)
{
    const char *control = trl_site_option(exchange->site, "static_file_cache_control");
    const char *max_age = trl_site_option(exchange->site, "static_file_max_age");
    long seconds = max_age != NULL ? atol(max_age) : 0;
    char value[40];

    if (control != NULL && control[0] != '\0') {
        (void)trl_fields_add(exchange, "Cache-Control", control);
    } else if (seconds <= 0) {
        trl_fields_no_cache(exchange);
    } else {
        snprintf(value, sizeof(value), "max-age=%ld", seconds);
        (void)trl_fields_add(exchange, "Cache-Control", value);
    }
}

int trl_fields_redirect(struct trl_exchange *exchange, const char *target, int code)
{
    if (!trl_fields_go_on(exchange, code)) {
        return 1;
    }
    (void)trl_fields_add(exchange, "Location", target);
    if (code == 301 || code == 308) {
        trl_fields_static_cache(exchange);
    } else {
        trl_fields_no_cache(exchange);
    }
    trl_fields_own(exchange);
    trl_fields_cors(exchange);
    (void)trl_fields_add_length(exchange, 0);
    (void)trl_fields_end(exchange);
    return 1;
}
