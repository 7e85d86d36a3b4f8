/* CivetWeb adapter: looking inside a running server, for whoever TRAIL_ADMIN_TRUSTED names. */
#include "civetweb/exchange.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/locale.h"
#include "log/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for one text of the registry, escaped. */
enum { TEXT_MAX = (TRL_INFLIGHT_PATH_MAX + 2) * TRL_JSON_EXPANSION_MAX };

static void put_text(FILE *out, const char *name, const char *value)
{
    char text[TEXT_MAX];
    struct trl_json json;

    if (value[0] != '\0') {
        trl_json_init(&json, text, sizeof(text));
        (void)trl_json_string(&json, value, strlen(value));
        fprintf(out, ",\"%s\":%.*s", name, (int)(json.at - text), text);
    }
}

static void put_request(FILE *out, const struct trl_inflight_facts *facts, uint64_t now_ns)
{
    uint64_t age_ns = now_ns > facts->started_ns ? now_ns - facts->started_ns : 0;

    fprintf(out, "{\"ageMs\":%.3f", (double)age_ns / 1e6);
    put_text(out, "requestId", facts->request_id);
    put_text(out, "traceId", facts->trace_id);
    put_text(out, "method", facts->method);
    put_text(out, "path", facts->path);
    put_text(out, "route", facts->route);
    fputc('}', out);
}

static void put_requests(FILE *out)
{
    uint64_t now_ns = trl_clock_monotonic_ns();
    struct trl_inflight_facts facts;
    const char *comma = "";

    fputs("\"inFlight\":[", out);
    for (struct trl_inflight *entry = trl_inflight_next(NULL); entry != NULL;
         entry = trl_inflight_next(entry)) {
        if (trl_inflight_read(entry, &facts)) {
            fputs(comma, out);
            put_request(out, &facts, now_ns);
            comma = ",";
        }
    }
    fputc(']', out);
}

static void put_counters(FILE *out, const struct trail *trail)
{
    struct trail_stats stats;
    uint64_t dropped = 0;

    if (trail_get_stats(trail, &stats) != TRAIL_OK) {
        return;
    }
    for (int reason = 0; reason < TRAIL_DROP_REASONS_; reason++) {
        for (int level = 0; level < TRAIL_LEVEL_OFF; level++) {
            dropped += stats.dropped[reason][level];
        }
    }
    fprintf(out,
            ",\"counters\":{\"accepted\":%llu,\"written\":%llu,\"dropped\":%llu,"
            "\"redacted\":%llu,\"truncated\":%llu,\"rejectedIds\":%llu,\"sinkErrors\":%llu,"
            "\"spoolDepthBytes\":%llu}",
            (unsigned long long)stats.accepted, (unsigned long long)stats.written,
            (unsigned long long)dropped, (unsigned long long)stats.redacted,
            (unsigned long long)stats.truncated, (unsigned long long)stats.rejected_ids,
            (unsigned long long)stats.sink_errors, (unsigned long long)stats.spool_depth_bytes);
}

static int answer(struct mg_connection *conn, const struct trail *trail)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    int status;

    if (out == NULL) {
        return trail_send_problem(conn, 500, NULL, NULL);
    }
    locale_t before = uselocale(trl_c_locale());
    fprintf(out, "{\"level\":\"%s\",", trail_level_name(trl_gate_process()));
    put_requests(out);
    put_counters(out, trail);
    fputs("}\n", out);
    fclose(out);
    uselocale(before);
    status = trail_send_text(conn, 200, "application/json", text, size);
    free(text);
    return status;
}

/* `level=debug` in the query. Returns the status to answer with; 0: none was asked for. */
static int change_level(const struct mg_request_info *info, struct trail *trail)
{
    const char *query = info->query_string != NULL ? info->query_string : "";
    enum trail_level level;
    char word[16];
    int size = mg_get_var(query, strlen(query), "level", word, sizeof(word));

    if (size == -1) {
        return 0;
    }
    if (size < 0 || trail_level_parse(word, &level) != TRAIL_OK) {
        return 400;
    }
    trail_set_level(trail, level);
    trail_warn("log_level_changed", NULL, trail_kv("to", trail_level_name(level)));
    return 200;
}

int trail_admin_handler(struct mg_connection *conn, void *cbdata)
{
    const struct trl_server *server = trl_server_of(conn);
    const struct mg_request_info *info = mg_get_request_info(conn);
    bool changes = strcmp(info->request_method, "GET") != 0;

    (void)cbdata;
    if (server == NULL || (trl_trust_of(info->remote_addr) & TRL_TRUST_ADMIN) == 0) {
        return trail_send_problem(conn, 403, NULL, "TRAIL_ADMIN_TRUSTED does not name this peer");
    }
    if (changes && strcmp(info->request_method, "PUT") != 0 &&
        strcmp(info->request_method, "POST") != 0) {
        return trail_send_problem(conn, 405, NULL, "GET looks, PUT ?level=LEVEL changes the level");
    }
    if (changes && change_level(info, server->trail) != 200) {
        return trail_send_problem(conn, 400, NULL,
                                  "level is one of debug, info, warn, error, fatal, off");
    }
    return answer(conn, server->trail);
}
