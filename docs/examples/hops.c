/* One piece of work that calls a server and hands a job to a worker: what docs/propagation.md
 * quotes. */
#include <trail/curl.h>
#include <trail/job.h>
#include <trail/trail.h>

#include <stdlib.h>
#include <string.h>

/* Stands for a table, a file or a broker that keeps the envelope beside the job. */
static char stored[TRAIL_ENVELOPE_JSON_MAX];

static bool store(const char *text)
{
    strcpy(stored, text);
    return true;
}

static CURLcode call(CURL *easy, unsigned attempt)
{
    struct curl_slist *mine = curl_slist_append(NULL, "Accept: application/json");
    CURLcode code = trail_curl_perform(easy, &(struct trail_curl_options){
                                                 .headers = mine,
                                                 .attempt = attempt,
                                                 .timeout_ms = 2000,
                                                 .response_bytes_max = 1 << 20,
                                             });

    curl_slist_free_all(mine);
    return code;
}

static size_t ignore(char *data, size_t unit, size_t count, void *context)
{
    (void)data;
    (void)context;
    return unit * count;
}

static void produce(const char *url)
{
    char text[TRAIL_ENVELOPE_JSON_MAX];
    size_t size;
    CURL *easy = curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    for (unsigned attempt = 1; attempt <= 3 && call(easy, attempt) != CURLE_OK; attempt++) {}
    curl_easy_cleanup(easy);

    struct trail_envelope envelope;
    trail_envelope_init(&envelope, NULL);
    if (trail_envelope_to_json(&envelope, text, sizeof(text), &size) == TRAIL_OK && store(text)) {
        trail_job_enqueued(&envelope, "emails");
    }
}

static void consume(unsigned attempts_so_far)
{
    struct trail_envelope envelope;
    struct trail_job job;

    (void)!trail_envelope_from_json(&envelope, stored, strlen(stored));
    envelope.attempt = attempts_so_far + 1;
    trail_job_begin(&job, &envelope, "emails");
    trail_info("email_sent", NULL);
    trail_job_end(&job, &(struct trail_job_result){.outcome = TRAIL_JOB_SUCCEEDED});
}

int main(int argc, char **argv)
{
    struct trail *trail = NULL;
    struct trail_context *context = NULL;
    struct trail_scope scope;

    if (argc != 2 || trail_open(&(struct trail_options){.service = "hops"}, &trail) != TRAIL_OK) {
        return 2;
    }
    if (trail_context_from_environment(&context) != TRAIL_OK) {
        return 1;
    }
    trail_enter(context, &scope);
    produce(argv[1]);
    trail_leave(&scope);
    trail_context_free(context);
    consume(0);
    trail_close(trail);
    return 0;
}
