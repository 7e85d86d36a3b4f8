/* A CivetWeb server under trail, in the test's own process. */
#include "unit.h"

#include "http.h"
#include "server.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEADLINE_MS = 30000, CONFIGURATION_MAX = SERVER_OPTIONS_MAX + 16 };

static const char *ports_of(const struct server_options *options, bool all_tls)
{
    if (all_tls) {
        return "127.0.0.1:0s";
    }
    return options->certificate != NULL ? "127.0.0.1:0,127.0.0.1:0s" : "127.0.0.1:0";
}

static void find_ports(struct server *server, bool all_tls)
{
    struct mg_server_port ports[4];
    int listening = mg_get_server_ports(server->ctx, 4, ports);

    for (int i = 0; i < listening; i++) {
        *(ports[i].is_ssl ? &server->tls_port : &server->port) = ports[i].port;
    }
    if (all_tls) {
        server->port = server->tls_port;
        http_speak_tls(server->port);
    }
}

static void listen_on(struct server *server, const struct server_options *options)
{
    bool all_tls = getenv("TRAIL_TEST_TLS") != NULL;
    const char *certificate = all_tls ? tls_certificate() : options->certificate;
    const char *configuration[CONFIGURATION_MAX] = {
        "listening_ports",   ports_of(options, all_tls),
        "num_threads",       "8",
        "enable_keep_alive", options->one_connection_a_request ? "no" : "yes",
        "tcp_nodelay",       "1",
    };
    size_t count = 8;

    if (certificate != NULL) {
        configuration[count++] = "ssl_certificate";
        configuration[count++] = certificate;
    }
    for (size_t i = 0; i < SERVER_OPTIONS_MAX && options->civetweb[i] != NULL; i++) {
        configuration[count++] = options->civetweb[i];
    }
    server->callbacks = options->callbacks;
    trail_civetweb_install(server->trail, &server->callbacks);
    server->ctx = mg_start(&server->callbacks, NULL, configuration);
    assert_non_null(server->ctx);
    find_ports(server, all_tls);
}

void server_start(struct server *ret_server, const struct server_options *options)
{
    struct trail_options trail = options->trail;

    memset(ret_server, 0, sizeof(*ret_server));
    mg_init_library(MG_FEATURES_SSL);
    assert_int_equal(trail_memory_new(&ret_server->memory), TRAIL_OK);
    trail.memory = ret_server->memory;
    trail.ignore_environment = true;
    if (trail.output == NULL) {
        trail.output = "null";
    }
    assert_int_equal(trail_open(&trail, &ret_server->trail), TRAIL_OK);
    listen_on(ret_server, options);
}

void server_start_another(struct server *ret_server, const struct server *first,
                          const struct server_options *options)
{
    memset(ret_server, 0, sizeof(*ret_server));
    ret_server->trail = first->trail;
    listen_on(ret_server, options);
}

void server_halt(struct server *server)
{
    if (server->ctx != NULL) {
        mg_stop(server->ctx);
        server->ctx = NULL;
    }
}

void server_stop(struct server *server)
{
    server_halt(server);
    if (server->memory != NULL) {
        trail_close(server->trail);
        trail_memory_free(server->memory);
        mg_exit_library();
    }
}

int server_start_plain(struct mg_context **ret_ctx, const struct mg_callbacks *callbacks,
                       const char **options)
{
    struct mg_server_port listening;

    *ret_ctx = mg_start(callbacks, NULL, options);
    assert_non_null(*ret_ctx);
    assert_int_equal(mg_get_server_ports(*ret_ctx, 1, &listening), 1);
    return listening.port;
}

void server_wait(const struct server *server, const char *event, size_t count)
{
    for (int waited_ms = 0; trail_memory_count(server->memory, event) < count; waited_ms++) {
        if (waited_ms > DEADLINE_MS) {
            fail_msg("%zu lines of %s, expected %zu", trail_memory_count(server->memory, event),
                     event, count);
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

static cJSON *parse_line(const struct server *server, size_t index)
{
    const char *line = trail_memory_line(server->memory, index);
    cJSON *event = cJSON_Parse(line);

    if (event == NULL) {
        fail_msg("no JSON: %s", line);
    }
    return event;
}

cJSON *server_event(const struct server *server, const char *event, size_t index)
{
    server_wait(server, event, index + 1);
    for (size_t i = 0; i < trail_memory_size(server->memory); i++) {
        cJSON *line = parse_line(server, i);
        if (strcmp(text_of(line, "event"), event) == 0 && index-- == 0) {
            return line;
        }
        cJSON_Delete(line);
    }
    return NULL;
}

static bool is_terminal(const char *event)
{
    return strcmp(event, "request_completed") == 0 || strcmp(event, "request_failed") == 0 ||
           strcmp(event, "request_aborted") == 0 || strcmp(event, "request_rejected") == 0;
}

static cJSON *find_terminal(const struct server *server, const char *request_id)
{
    cJSON *found = NULL;

    for (size_t i = 0; i < trail_memory_size(server->memory); i++) {
        cJSON *line = parse_line(server, i);
        if (strcmp(text_of(line, "requestId"), request_id) == 0 &&
            is_terminal(text_of(line, "event"))) {
            if (found != NULL) {
                fail_msg("two terminal events of %s", request_id);
            }
            found = line;
        } else {
            cJSON_Delete(line);
        }
    }
    return found;
}

cJSON *server_terminal(const struct server *server, const char *request_id)
{
    cJSON *found = find_terminal(server, request_id);

    for (int waited_ms = 0; found == NULL; waited_ms++) {
        if (waited_ms > DEADLINE_MS) {
            fail_msg("no terminal event of %s", request_id);
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        found = find_terminal(server, request_id);
    }
    return found;
}

cJSON *server_ended(const struct server *server, const char *request_id, const char *event,
                    const char *error_code)
{
    cJSON *found = server_terminal(server, request_id);

    assert_string_equal(text_of(found, "event"), event);
    assert_string_equal(text_of(found, "errorCode"), error_code);
    return found;
}

const char *text_of(const cJSON *event, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, name));

    return text != NULL ? text : "";
}

double number_of(const cJSON *event, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(event, name);

    return cJSON_IsNumber(item) ? item->valuedouble : -1;
}
