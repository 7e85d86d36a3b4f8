/* Worker: the loop around the jobs. It outlives a queue that is locked or away, and says so once
 * when it goes and once when it is back. */
#include "worker/worker.h"

#include "shared/clock.h"

#include <poll.h>
#include <stdlib.h>
#include <trail/trail.h>

#define WAIT_MS  200
#define PAUSE_MS 250

static void note_queue(struct worker *worker, enum queue_status status, uint64_t *down_since_ns)
{
    bool up = status == QUEUE_OK || status == QUEUE_EMPTY;

    if (!up && *down_since_ns == 0) {
        *down_since_ns = clock_now_ns();
        trail_warn("queue_unavailable", "No jobs until the queue is back",
                   trail_kv("errorCode", queue_status_code(status)),
                   trail_kv("reason", worker->queue->error));
    } else if (up && *down_since_ns != 0) {
        trail_info("queue_available", "The queue is back",
                   trail_duration_ns("downMs", clock_since_ns(*down_since_ns)));
        *down_since_ns = 0;
    }
    atomic_store(&worker->down, !up);
}

static void *run(void *context)
{
    struct worker *worker = context;
    struct queue_job *job = malloc(sizeof(*job));
    uint64_t down_since_ns = 0;

    if (job == NULL) {
        trail_fatal("out_of_memory", "No job can be run");
        atomic_store(&worker->down, true);
        return NULL;
    }
    while (!atomic_load(&worker->stopping)) {
        enum queue_status status = worker->queue->ops->lease(worker->queue, WAIT_MS, job);
        note_queue(worker, status, &down_since_ns);
        if (status == QUEUE_OK) {
            worker_run_job(worker, job);
        } else if (status != QUEUE_EMPTY) {
            (void)poll(NULL, 0, PAUSE_MS);
        }
    }
    free(job);
    return NULL;
}

bool worker_start(struct worker *worker)
{
    atomic_init(&worker->stopping, false);
    atomic_init(&worker->down, false);
    return pthread_create(&worker->thread, NULL, run, worker) == 0;
}

void worker_stop(struct worker *worker)
{
    atomic_store(&worker->stopping, true);
    (void)pthread_join(worker->thread, NULL);
}
