/* email-worker: writes the confirmation mails. Its server has health and metrics only. */
#include "shared/files.h"
#include "shared/options.h"
#include "shared/service.h"
#include "worker/worker.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME    "email-worker"
#define BUSY_MS 1000

struct places {
    const char *folder;
    const char *queue;
    unsigned lease_ms;
};

static const char *not_ready(void *app)
{
    struct worker *worker = app;

    return atomic_load(&worker->down) ? "queue_unavailable" : NULL;
}

static bool open_places(const struct service *service, struct worker *worker,
                        const struct places *places)
{
    char url[4096];
    char error[512] = "an address is too long";

    if (files_ensure_folder(places->folder, error, sizeof(error)) &&
        files_ensure_folder(worker->outbox, error, sizeof(error)) &&
        files_engine_url(places->queue, places->folder, "queue.db", url, sizeof(url)) &&
        queue_open(&(struct queue_settings){.url = url,
                                            .lease_ms = places->lease_ms,
                                            .busy_ms = BUSY_MS,
                                            .folder = places->folder},
                   &worker->queue, error, sizeof(error)) == QUEUE_OK) {
        return true;
    }
    service_complain(service, error);
    return false;
}

static int serve(struct service *service, const struct service_settings *settings,
                 struct worker *worker)
{
    if (!service_start(service, settings)) {
        return SERVICE_UNUSABLE;
    }
    if (!worker_start(worker)) {
        service_complain(service, "can't start a thread");
        (void)service_stop(service);
        return SERVICE_UNUSABLE;
    }
    service_wait(service);
    worker_stop(worker);
    return service_stop(service) ? SERVICE_STOPPED : SERVICE_FAILED;
}

static int run(const struct service_settings *settings, struct worker *worker,
               const struct places *places)
{
    struct service service;
    int status = SERVICE_UNUSABLE;

    if (service_open(&service, NAME) && open_places(&service, worker, places)) {
        status = serve(&service, settings, worker);
    }
    queue_close(worker->queue);
    service_close(&service);
    return status;
}

int main(int argc, char **argv)
{
    struct worker worker = {.outbox = "outbox", .retry_ms = 500};
    struct places places = {.folder = "data", .queue = "sqlite", .lease_ms = 5000};
    struct service_settings settings = {
        .host = "127.0.0.1", .port = 8083, .not_ready = not_ready, .app = &worker};
    const struct option_spec specs[] = {
        option_port("EMAIL_WORKER_PORT", &settings.port),
        option_text("host", "EMAIL_WORKER_HOST", "ADDRESS", "address to listen on", &settings.host),
        option_text("data", "CHECKOUT_DATA", "FOLDER", "where the queue's database lies",
                    &places.folder),
        option_text("queue", "CHECKOUT_QUEUE", "ENGINE", "sqlite, sqlite:PATH, amqp://HOST:PORT",
                    &places.queue),
        option_text("outbox", "EMAIL_OUTBOX", "FOLDER", "where mails are written", &worker.outbox),
        option_number("lease-ms", "EMAIL_LEASE_MS",
                      "when the job of a worker that died is due again", &places.lease_ms, 1,
                      3600000),
        option_number("retry-ms", "EMAIL_RETRY_MS",
                      "before the second attempt; doubled for each further one", &worker.retry_ms,
                      1, 60000),
        option_number("work-ms", "EMAIL_WORK_MS", "how long writing a mail is made to take",
                      &worker.work_ms, 0, 600000),
    };

    switch (options_read(NAME, specs, sizeof(specs) / sizeof(specs[0]), argc, argv)) {
    case OPTIONS_RUN:
        return run(&settings, &worker, &places);
    case OPTIONS_HELP:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        break;
    }
    return SERVICE_UNUSABLE;
}
