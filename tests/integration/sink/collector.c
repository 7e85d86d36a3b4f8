#include "unit.h"

#include "collector.h"

#include <trail/trail.h>

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 4 << 20, PATIENCE_S = 60 };

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int bind_port(int port)
{
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Reads head and body; false if the client goes before. */
static bool read_request(int fd, char *text, char **ret_body)
{
    size_t size = 0;
    char *end = NULL;
    size_t length = 0;

    while (end == NULL || size < (size_t)(end - text) + length) {
        ssize_t got = recv(fd, text + size, REQUEST_MAX - 1 - size, 0);
        if (got <= 0) {
            return false;
        }
        size += (size_t)got;
        text[size] = '\0';
        if (end == NULL && (end = strstr(text, "\r\n\r\n")) != NULL) {
            const char *field = strstr(text, "Content-Length: ");
            assert_non_null(field);
            length = strtoul(field + 16, NULL, 10);
            end[2] = '\0';
            end += 4;
        }
    }
    *ret_body = end;
    return true;
}

static void answer(struct collector *collector, int fd, const char *text)
{
    if (text == NULL) {
        collector->held[collector->held_count++] = fd;
        return;
    }
    if (*text != '\0' && send(fd, text, strlen(text), MSG_NOSIGNAL) < 0) {
        perror("send");
    }
    close(fd);
}

static const char *next_step(struct collector *collector)
{
    size_t step = collector->count < collector->steps ? collector->count : collector->steps - 1;

    return collector->script[step];
}

static void *serve(void *argument)
{
    struct collector *collector = argument;
    char *text = malloc(REQUEST_MAX);
    int fd;

    while (text != NULL && (fd = accept(collector->listener, NULL, NULL)) >= 0) {
        char *body = text;
        text[0] = '\0';
        if (collector->count >= COLLECTOR_REQUESTS_MAX ||
            (!collector->unread && !read_request(fd, text, &body))) {
            close(fd);
            continue;
        }
        pthread_mutex_lock(&collector->mutex);
        const char *step = next_step(collector);
        collector->heads[collector->count] = strdup(text);
        collector->bodies[collector->count] = strdup(body);
        collector->count++;
        pthread_mutex_unlock(&collector->mutex);
        answer(collector, fd, step);
        sem_post(&collector->arrived);
    }
    free(text);
    return NULL;
}

void collector_listen(struct collector *collector)
{
    assert_int_equal(listen(collector->listener, 64), 0);
    assert_int_equal(pthread_create(&collector->thread, NULL, serve, collector), 0);
}

void collector_start(struct collector *ret_collector, const char *const *script, size_t steps,
                     bool listening)
{
    struct sockaddr_in address;
    socklen_t size = sizeof(address);

    *ret_collector = (struct collector){.script = script, .steps = steps};
    pthread_mutex_init(&ret_collector->mutex, NULL);
    sem_init(&ret_collector->arrived, 0, 0);
    ret_collector->listener = bind_port(0);
    getsockname(ret_collector->listener, (struct sockaddr *)&address, &size);
    ret_collector->port = ntohs(address.sin_port);
    if (listening) {
        collector_listen(ret_collector);
    }
}

void collector_stop(struct collector *collector)
{
    shutdown(collector->listener, SHUT_RDWR);
    close(collector->listener);
    pthread_join(collector->thread, NULL);
    for (size_t i = 0; i < collector->held_count; i++) {
        close(collector->held[i]);
    }
    for (size_t i = 0; i < collector->count; i++) {
        free(collector->heads[i]);
        free(collector->bodies[i]);
    }
    sem_destroy(&collector->arrived);
    pthread_mutex_destroy(&collector->mutex);
}

size_t collector_wait(struct collector *collector)
{
    struct timespec deadline;

    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += PATIENCE_S;
    assert_int_equal(sem_timedwait(&collector->arrived, &deadline), 0);
    pthread_mutex_lock(&collector->mutex);
    size_t count = collector->count;
    pthread_mutex_unlock(&collector->mutex);
    return count - 1;
}

struct trail *collector_open(const struct collector *collector, const char *spool_dir)
{
    char output[128];
    struct trail *trail = NULL;

    snprintf(output, sizeof(output), "otlp:http://127.0.0.1:%d", collector->port);
    assert_int_equal(
        trail_open(&(struct trail_options){.service = "shop",
                                           .output = output,
                                           .delivery = spool_dir != NULL ? "async" : "sync",
                                           .spool_dir = spool_dir,
                                           .ignore_environment = true},
                   &trail),
        TRAIL_OK);
    return trail;
}

/* How many records a body bears under an event; the body must be JSON. */
static size_t records_in(const char *body, const char *event)
{
    cJSON *request = cJSON_Parse(body);
    size_t count = 0;
    const cJSON *record;

    assert_non_null(request);
    const cJSON *resource = cJSON_GetArrayItem(cJSON_GetObjectItem(request, "resourceLogs"), 0);
    const cJSON *scope = cJSON_GetArrayItem(cJSON_GetObjectItem(resource, "scopeLogs"), 0);
    cJSON_ArrayForEach(record, cJSON_GetObjectItem(scope, "logRecords"))
    {
        const cJSON *name = cJSON_GetObjectItem(record, "eventName");
        count += strcmp(name->valuestring, event) == 0 ? 1 : 0;
    }
    cJSON_Delete(request);
    return count;
}

size_t collector_records(const struct collector *collector, const char *event)
{
    size_t count = 0;

    for (size_t i = 0; i < collector->count; i++) {
        count += records_in(collector->bodies[i], event);
    }
    return count;
}

size_t collector_requests(const struct collector *collector, const char *event)
{
    size_t count = 0;

    for (size_t i = 0; i < collector->count; i++) {
        count += records_in(collector->bodies[i], event) > 0 ? 1 : 0;
    }
    return count;
}
