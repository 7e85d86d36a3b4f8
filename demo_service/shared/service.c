/* Service: start, health, and an orderly end. CivetWeb drops what is unsent as soon as it is told
 * to stop, so the requests at work are waited for before. */
#include "shared/service.h"

#include "shared/reply.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define STOP_DEADLINE_S 10
#define KNOCK_MS        20

void service_complain(const struct service *service, const char *reason)
{
    (void)fprintf(stderr, "%s: %s\n", service->name, reason);
}

static void stop_signals(sigset_t *ret_set)
{
    (void)sigemptyset(ret_set);
    (void)sigaddset(ret_set, SIGTERM);
    (void)sigaddset(ret_set, SIGINT);
    (void)sigaddset(ret_set, SIGHUP);
}

bool service_open(struct service *service, const char *name)
{
    sigset_t set;

    memset(service, 0, sizeof(*service));
    service->name = name;
    (void)pthread_mutex_init(&service->mutex, NULL);
    pthread_condattr_t attributes;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&service->idle, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    stop_signals(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        service_complain(service, "libcurl can't be used");
        return false;
    }
    return trail_open(&(struct trail_options){.service = name}, &service->trail) == TRAIL_OK;
}

static bool enter(struct service *service)
{
    (void)pthread_mutex_lock(&service->mutex);
    bool open = !service->stopping;
    service->in_flight += open ? 1 : 0;
    (void)pthread_mutex_unlock(&service->mutex);
    return open;
}

static void leave(struct service *service)
{
    (void)pthread_mutex_lock(&service->mutex);
    service->in_flight--;
    if (service->in_flight == 0) {
        (void)pthread_cond_signal(&service->idle);
    }
    (void)pthread_mutex_unlock(&service->mutex);
}

static bool is_stopping(struct service *service)
{
    (void)pthread_mutex_lock(&service->mutex);
    bool stopping = service->stopping;
    (void)pthread_mutex_unlock(&service->mutex);
    return stopping;
}

static bool method_is_allowed(const char *methods, const char *method)
{
    const char *found = strstr(methods, method);
    size_t size = strlen(method);

    return size > 0 && found != NULL && (found[size] == ',' || found[size] == '\0') &&
           (found == methods || found[-1] == ' ');
}

static int dispatch(struct mg_connection *conn, void *callback_data)
{
    struct service_mount *mount = callback_data;
    const struct mg_request_info *request = mg_get_request_info(conn);

    /* CivetWeb's routes reach below their URI; what is not meant is answered as any unknown path.
     */
    if (!mount->route.below && strcmp(request->local_uri, mount->route.uri) != 0) {
        (void)mg_send_http_error(conn, 404, "%s", "Not Found");
        return 404;
    }
    if (!method_is_allowed(mount->route.methods, request->request_method)) {
        char allow[64];
        (void)snprintf(allow, sizeof(allow), "Allow: %s", mount->route.methods);
        return reply_problem(conn, &(struct reply_problem){.status = 405,
                                                           .error_code = "method_not_allowed",
                                                           .header = allow});
    }
    if (!enter(mount->service)) {
        return reply_problem(conn, &(struct reply_problem){.status = 503,
                                                           .error_code = "shutting_down",
                                                           .detail = "This service is stopping.",
                                                           .header = "Retry-After: 1"});
    }
    int result = mount->route.handle(conn, mount->service->settings.app);
    (void)!trail_flush(conn);
    leave(mount->service);
    return result;
}

static int healthz(struct mg_connection *conn, void *callback_data)
{
    (void)callback_data;
    return trail_send_json(conn, 200, "{\"status\":\"ok\"}");
}

static int readyz(struct mg_connection *conn, void *callback_data)
{
    struct service *service = callback_data;
    const char *reason = is_stopping(service) ? "stopping" : NULL;

    if (reason == NULL && service->settings.not_ready != NULL) {
        reason = service->settings.not_ready(service->settings.app);
    }
    if (reason == NULL) {
        return trail_send_json(conn, 200, "{\"status\":\"ready\"}");
    }
    return reply_problem(
        conn, &(struct reply_problem){.status = 503, .error_code = "not_ready", .detail = reason});
}

/* CivetWeb calls this before it accepts the first connection: none finds a route missing. */
static void mount_routes(const struct mg_context *context)
{
    struct mg_context *server = (struct mg_context *)(uintptr_t)context;
    struct service *service = mg_get_user_data(context);

    mg_set_request_handler(server, "/healthz", healthz, service);
    mg_set_request_handler(server, "/metrics", trail_metrics_handler, NULL);
    mg_set_request_handler(server, "/readyz", readyz, service);
    for (size_t i = 0; i < service->settings.route_count && i < SERVICE_ROUTES_MAX; i++) {
        service->mounts[i] = (struct service_mount){service, service->settings.routes[i]};
        mg_set_request_handler(server, service->settings.routes[i].uri, dispatch,
                               &service->mounts[i]);
    }
}

/* Why a start failed stands in CivetWeb's first message only. */
static int remember_message(const struct mg_connection *conn, const char *message)
{
    struct service *service = mg_get_user_data(mg_get_context(conn));

    if (service != NULL && service->server == NULL && service->server_error[0] == '\0') {
        (void)snprintf(service->server_error, sizeof(service->server_error), "%s", message);
    }
    return 0;
}

bool service_start(struct service *service, const struct service_settings *settings)
{
    struct mg_callbacks callbacks = {.init_context = mount_routes, .log_message = remember_message};
    char listen[80];

    service->settings = *settings;
    (void)snprintf(listen, sizeof(listen), "%s:%u", settings->host, settings->port);
    const char *options[] = {"listening_ports",
                             listen,
                             "num_threads",
                             "32",
                             "tcp_nodelay",
                             "1",
                             "request_timeout_ms",
                             "10000",
                             "enable_directory_listing",
                             "no",
                             NULL};
    trail_civetweb_install(service->trail, &callbacks);
    service->server = mg_start(&callbacks, service, options);
    if (service->server == NULL) {
        char reason[400];
        (void)snprintf(reason, sizeof(reason), "can't listen on %s: %s", listen,
                       service->server_error[0] != '\0' ? service->server_error
                                                        : "the server did not start");
        service_complain(service, reason);
        return false;
    }
    return true;
}

void service_wait(struct service *service)
{
    sigset_t set;
    int number = 0;

    stop_signals(&set);
    while (sigwait(&set, &number) != 0 || number == SIGHUP) {
        if (number == SIGHUP && trail_reopen(service->trail) != TRAIL_OK) {
            trail_error("log_reopen_failed", NULL);
        }
    }
}

struct knocker {
    struct sockaddr_in address;
    atomic_bool done;
};

/* Connects to the service itself until it has stopped: CivetWeb's accepting thread looks whether it
 * is to stop when a connection comes, or every two seconds. */
static void *knock(void *context)
{
    struct knocker *knocker = context;

    while (!atomic_load(&knocker->done)) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fd, (const struct sockaddr *)&knocker->address, sizeof(knocker->address));
        (void)close(fd);
        (void)poll(NULL, 0, KNOCK_MS);
    }
    return NULL;
}

static void stop_server(struct service *service)
{
    struct knocker knocker = {.address = {.sin_family = AF_INET}};
    struct mg_server_port port;
    pthread_t thread;

    bool knocking = mg_get_server_ports(service->server, 1, &port) == 1 &&
                    inet_pton(AF_INET, service->settings.host, &knocker.address.sin_addr) == 1;
    if (knocking) {
        knocker.address.sin_port = htons((uint16_t)port.port);
        knocking = pthread_create(&thread, NULL, knock, &knocker) == 0;
    }
    mg_stop(service->server);
    atomic_store(&knocker.done, true);
    if (knocking) {
        (void)pthread_join(thread, NULL);
    }
}

bool service_stop(struct service *service)
{
    struct timespec deadline;
    int code = 0;

    (void)clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += STOP_DEADLINE_S;
    (void)pthread_mutex_lock(&service->mutex);
    service->stopping = true;
    while (service->in_flight > 0 && code == 0) {
        code = pthread_cond_timedwait(&service->idle, &service->mutex, &deadline);
    }
    unsigned left = service->in_flight;
    (void)pthread_mutex_unlock(&service->mutex);
    if (left > 0) {
        trail_error("stop_deadline_passed", "Requests are cut off", trail_kv("inFlight", left));
    }
    if (service->server != NULL) {
        stop_server(service);
    }
    return left == 0;
}

void service_close(struct service *service)
{
    trail_close(service->trail);
    (void)pthread_cond_destroy(&service->idle);
    (void)pthread_mutex_destroy(&service->mutex);
    curl_global_cleanup();
}
