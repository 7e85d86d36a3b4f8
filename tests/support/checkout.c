/* Checkout: what the stories of the checkout system share. */
#include "checkout.h"

#include "engines.h"

#include <curl/curl.h>
#include <dirent.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 20

/* What must never stand in a log, as the tests send it. */
static const char *const secrets[] = {"tok_",      "s3cret",  "tea-at-five",
                                      "earl-grey", "Bearer ", "Cookie"};

void checkout_prepare(struct checkout_system *system, const struct fleet_settings *settings)
{
    struct fleet_settings own = settings != NULL ? *settings : (struct fleet_settings){0};

    assert_int_equal(curl_global_init(CURL_GLOBAL_DEFAULT), CURLE_OK);
    (void)snprintf(system->folder, sizeof(system->folder), "/tmp/trail-checkout-XXXXXX");
    assert_non_null(mkdtemp(system->folder));
    engines_reset();
    own.queue = own.queue != NULL ? own.queue : engines_queue();
    own.orders = own.orders != NULL ? own.orders : engines_orders();
    own.programs = TRAIL_PROGRAMS;
    own.folder = system->folder;
    own.quiet = true;
    assert_true(fleet_init(&system->fleet, &own));
}

static void print_file(const char *path)
{
    char line[1024];
    FILE *file = fopen(path, "re");

    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        print_error("%s", line);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static void print_complaints(const struct checkout_system *system)
{
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        char path[FLEET_PATH_MAX];
        (void)snprintf(path, sizeof(path), "%s/log/%s.err", system->folder,
                       fleet_name((enum fleet_service)which));
        print_file(path);
    }
}

void checkout_start(struct checkout_system *system, const struct fleet_settings *settings)
{
    checkout_prepare(system, settings);
    if (!fleet_start(&system->fleet)) {
        print_error("%s\n", system->fleet.error);
        print_complaints(system);
        fail();
    }
}

static void hold_no_secret(const struct checkout_system *system)
{
    for (int which = 0; which < FLEET_SERVICES_; which++) {
        char path[FLEET_PATH_MAX];
        char *line = NULL;
        size_t capacity = 0;
        fleet_log(&system->fleet, (enum fleet_service)which, path, sizeof(path));
        FILE *file = fopen(path, "re");
        while (file != NULL && getline(&line, &capacity, file) > 0) {
            for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
                if (strstr(line, secrets[i]) != NULL) {
                    print_error("%s stands in: %s", secrets[i], line);
                    fail();
                }
            }
        }
        free(line);
        if (file != NULL) {
            (void)fclose(file);
        }
    }
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry = NULL;

    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char below[FLEET_PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        (void)snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR) {
            remove_folder(below);
        } else {
            (void)remove(below);
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    (void)remove(path);
}

void checkout_stop(struct checkout_system *system)
{
    int status = fleet_stop(&system->fleet);

    if (status != 0) {
        print_complaints(system);
    }
    assert_int_equal(status, 0);
    hold_no_secret(system);
    remove_folder(system->folder);
    curl_global_cleanup();
}

void checkout_call(const struct checkout_system *system, enum fleet_service which,
                   const struct http_request *request, struct http_answer *ret_answer)
{
    struct http_request call = *request;
    char url[128];

    fleet_url(&system->fleet, which, request->url, url, sizeof(url));
    call.url = url;
    http_call(&call, ret_answer);
}

static void add_header(struct http_request *request, size_t *count, char *buffer, size_t size,
                       const char *name, const char *value)
{
    if (value != NULL) {
        /* By a semicolon libcurl knows a header that is to go out empty. */
        (void)snprintf(buffer, size, "%s%s%s", name, value[0] != '\0' ? ": " : ";", value);
        request->headers[(*count)++] = buffer;
    }
}

void checkout_place(const struct checkout_system *system, const struct checkout_order *order,
                    struct http_answer *ret_answer)
{
    char body[512];
    char request_id[256];
    char key[512];
    size_t count = 0;
    struct http_request request = {.url = "/orders",
                                   .body = body,
                                   .source = order->source,
                                   .timeout_ms = CHECKOUT_DEADLINE_MS,
                                   .headers = {"Authorization: Bearer s3cret-of-a-customer",
                                               "Cookie: session=s3cret-of-a-browser"}};

    (void)snprintf(body, sizeof(body),
                   "{\"userId\":\"%s\",\"items\":[{\"sku\":\"tea\",\"quantity\":2}],"
                   "\"payment\":{\"token\":\"%s\"}}",
                   order->user_id != NULL ? order->user_id : "ada", order->token);
    count = 2;
    add_header(&request, &count, request_id, sizeof(request_id), "X-Request-ID", order->request_id);
    add_header(&request, &count, key, sizeof(key), "Idempotency-Key", order->key);
    checkout_call(system, FLEET_GATEWAY, &request, ret_answer);
}

int checkout_status(const struct checkout_system *system, const struct checkout_order *order,
                    char ret_order_id[40])
{
    struct http_answer answer;

    checkout_place(system, order, &answer);
    if (ret_order_id != NULL) {
        cJSON *object = cJSON_Parse(answer.body);
        (void)snprintf(ret_order_id, 40, "%s", event_text(object, "orderId"));
        cJSON_Delete(object);
    }
    http_answer_free(&answer);
    return answer.status;
}

struct search {
    const char *event;
    const char *request_id;
    size_t count;
    cJSON *first;
};

static bool match(void *context, const cJSON *event)
{
    struct search *search = context;

    if ((search->event == NULL || event_is(event, search->event)) &&
        (search->request_id == NULL ||
         strcmp(event_text(event, "requestId"), search->request_id) == 0)) {
        if (search->count == 0) {
            search->first = cJSON_Duplicate(event, 1);
        }
        search->count++;
    }
    return true;
}

static size_t search_log(const struct checkout_system *system, enum fleet_service which,
                         struct search *search)
{
    char path[FLEET_PATH_MAX];

    fleet_log(&system->fleet, which, path, sizeof(path));
    (void)events_read(path, 0, match, search);
    return search->count;
}

size_t checkout_count(const struct checkout_system *system, enum fleet_service which,
                      const char *event, const char *request_id)
{
    struct search search = {event, request_id, 0, NULL};
    size_t count = search_log(system, which, &search);

    cJSON_Delete(search.first);
    return count;
}

void checkout_wait(const struct checkout_system *system, enum fleet_service which,
                   const char *event, const char *request_id, size_t count)
{
    for (int waited_ms = 0; waited_ms < CHECKOUT_DEADLINE_MS; waited_ms += POLL_MS) {
        if (checkout_count(system, which, event, request_id) >= count) {
            return;
        }
        (void)poll(NULL, 0, POLL_MS);
    }
    print_error("%s never said %s %zu times\n", fleet_name(which), event, count);
    print_complaints(system);
    fail();
}

cJSON *checkout_find(const struct checkout_system *system, enum fleet_service which,
                     const char *event, const char *request_id)
{
    struct search search = {event, request_id, 0, NULL};

    checkout_wait(system, which, event, request_id, 1);
    (void)search_log(system, which, &search);
    return search.first;
}

void checkout_assert_once(const struct checkout_system *system, enum fleet_service which,
                          const char *event, const char *request_id)
{
    checkout_wait(system, which, event, request_id, 1);
    assert_int_equal(checkout_count(system, which, event, request_id), 1);
}

static size_t count_files(const struct checkout_system *system, bool mails)
{
    char path[FLEET_PATH_MAX];
    struct dirent *entry = NULL;
    size_t count = 0;

    (void)snprintf(path, sizeof(path), "%s/outbox", system->folder);
    DIR *folder = opendir(path);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        const char *end = strrchr(entry->d_name, '.');
        bool is_mail = entry->d_name[0] != '.' && end != NULL && strcmp(end, ".eml") == 0;
        bool is_self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        count += !is_self && is_mail == mails ? 1 : 0;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

size_t checkout_mails(const struct checkout_system *system)
{
    return count_files(system, true);
}

size_t checkout_strays(const struct checkout_system *system)
{
    return count_files(system, false);
}

void checkout_wait_mails(const struct checkout_system *system, size_t count)
{
    size_t sent = 0;

    /* As long as there is progress there is hope: a backlog takes its time. */
    for (int waited_ms = 0; waited_ms < CHECKOUT_DEADLINE_MS; waited_ms += POLL_MS) {
        size_t now = checkout_mails(system);
        if (now >= count) {
            return;
        }
        waited_ms = now > sent ? 0 : waited_ms;
        sent = now;
        (void)poll(NULL, 0, POLL_MS);
    }
    print_error("only %zu of %zu mails were sent\n", checkout_mails(system), count);
    print_complaints(system);
    fail();
}
