/* Job: one mail from its receipt to its outcome. What the queue is told last decides: a mail whose
 * job could not be acknowledged comes back, and is then found to be sent. */
#include "shared/clock.h"
#include "worker/mail.h"
#include "worker/outbox.h"
#include "worker/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <trail/job.h>
#include <trail/trail.h>

/* What stands in the name of a file and in a head of a mail. */
#define JOB_ID_BYTES  BODY_NAME "~:="
#define TELL_ATTEMPTS 20
#define TELL_PAUSE_MS 100

/* How an attempt ended: NULL and false for a mail that is sent. */
struct attempt {
    const char *error_code;
    bool hopeless; /* no further attempt can help */
};

static struct attempt refuse(const struct body_problem *problem)
{
    trail_error("job_payload_rejected", problem->detail, trail_kv("field", problem->field));
    return (struct attempt){"payload_invalid", true};
}

static struct attempt write_mail(const struct worker *worker, const struct queue_job *job,
                                 const struct mail *mail, uint64_t started_ns)
{
    char text[MAIL_MAX];
    size_t size = mail_write(mail, job, text, sizeof(text));

    struct outbox_mail file = {job->envelope.job_id, job->envelope.attempt, text, size};

    switch (outbox_write(worker->outbox, &file)) {
    case OUTBOX_SENT:
        trail_info("email_sent", "Confirmation mail sent", trail_kv("bytes", size),
                   trail_kv("attempt", job->envelope.attempt),
                   trail_duration_ns("durationMs", clock_since_ns(started_ns)));
        return (struct attempt){NULL, false};
    case OUTBOX_ALREADY_SENT:
        trail_info("email_already_sent", "An earlier attempt has sent this mail",
                   trail_kv("attempt", job->envelope.attempt));
        return (struct attempt){NULL, false};
    case OUTBOX_FAILED:
        break;
    }
    trail_warn("outbox_unavailable", trail_message("Can't write: %s", strerror(errno)),
               trail_kv("outbox", worker->outbox));
    return (struct attempt){"outbox_unavailable", false};
}

static struct attempt try_job(const struct worker *worker, const struct queue_job *job)
{
    uint64_t started_ns = clock_now_ns();
    struct body_problem problem = {"", ""};
    struct mail mail;

    if (job->envelope.attempt > QUEUE_ATTEMPTS_MAX) {
        /* Whoever had it died each time, before it could say anything. */
        return (struct attempt){"worker_died", true};
    }
    size_t id_size = strlen(job->envelope.job_id);
    if (id_size == 0 || strspn(job->envelope.job_id, JOB_ID_BYTES) != id_size) {
        (void)body_refuse(&problem, "", "jobId", "is no name for a mail");
        return refuse(&problem);
    }
    cJSON *payload = mail_read(job, &mail, &problem);
    if (payload == NULL) {
        return refuse(&problem);
    }
    trail_bind(trail_kv("orderId", mail.order_id), trail_kv("userId", mail.user_id));
    if (worker->work_ms > 0) {
        (void)poll(NULL, 0, (int)worker->work_ms);
    }
    struct attempt attempt = write_mail(worker, job, &mail, started_ns);
    cJSON_Delete(payload);
    return attempt;
}

static struct trail_job_result judge(const struct worker *worker, const struct queue_job *job,
                                     const struct attempt *attempt)
{
    struct trail_job_result result = {.outcome = TRAIL_JOB_SUCCEEDED,
                                      .error_code = attempt->error_code};

    if (attempt->error_code == NULL) {
        return result;
    }
    if (attempt->hopeless || job->envelope.attempt >= QUEUE_ATTEMPTS_MAX) {
        result.outcome = TRAIL_JOB_DEAD_LETTERED;
    } else {
        result.outcome = TRAIL_JOB_RETRY;
        result.delay_ms = queue_retry_delay_ms(job->envelope.attempt, worker->retry_ms);
    }
    return result;
}

static enum queue_status tell_once(struct queue *queue, const struct queue_job *job,
                                   const struct trail_job_result *result)
{
    switch (result->outcome) {
    case TRAIL_JOB_SUCCEEDED:
        return queue->ops->acknowledge(queue, job);
    case TRAIL_JOB_RETRY:
        return queue->ops->retry(queue, job, result->delay_ms, result->error_code);
    case TRAIL_JOB_DEAD_LETTERED:
        return queue->ops->dead_letter(queue, job, result->error_code);
    }
    return QUEUE_BROKEN;
}

/* Tells the queue, for a while if it is away: else the job would run again for nothing. */
static enum queue_status tell(struct queue *queue, const struct queue_job *job,
                              const struct trail_job_result *result)
{
    enum queue_status status = tell_once(queue, job, result);

    for (int i = 1; status == QUEUE_UNAVAILABLE && i < TELL_ATTEMPTS; i++) {
        if (i == 1) {
            trail_warn("queue_unavailable", "The outcome of the job is kept until it is back",
                       trail_kv("errorCode", queue_status_code(status)),
                       trail_kv("reason", queue->error));
        }
        (void)poll(NULL, 0, TELL_PAUSE_MS);
        status = tell_once(queue, job, result);
    }
    return status;
}

void worker_run_job(struct worker *worker, const struct queue_job *job)
{
    struct trail_job scope;

    trail_job_begin(&scope, &job->envelope, QUEUE_EMAILS);
    struct attempt attempt = try_job(worker, job);
    struct trail_job_result result = judge(worker, job, &attempt);
    enum queue_status status = tell(worker->queue, job, &result);
    if (status != QUEUE_OK) {
        /* The job is, or will be, another attempt's. */
        result.outcome = TRAIL_JOB_RETRY;
        result.error_code = queue_status_code(status);
        result.delay_ms = 0;
    }
    trail_job_end(&scope, &result);
}
