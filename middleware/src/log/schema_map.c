/* Log: what trail's fields are called elsewhere. */
#include "log/schema_map.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Elastic Common Schema 8.11; top-level names with dots as the ECS logging specification has them.
 */
static const struct trl_schema_entry ecs_entries[] = {
    {"timestamp", TRL_KIND_TEXT, {"@timestamp"}, NULL},
    {"level", TRL_KIND_TEXT, {"log.level"}, NULL},
    {"message", TRL_KIND_TEXT, {"message"}, NULL},
    {"event", TRL_KIND_STANDIN, {"message"}, "message"}, /* which every line must have */
    {NULL, TRL_KIND_FIXED, {"ecs.version"}, "\"8.11.0\""},
    {"service", TRL_KIND_TEXT, {"service", "name"}, NULL},
    {"environment", TRL_KIND_TEXT, {"service", "environment"}, NULL},
    {"event", TRL_KIND_TEXT, {"event", "action"}, NULL},
    {"durationMs", TRL_KIND_MS_AS_NS, {"event", "duration"}, NULL},
    {"traceId", TRL_KIND_TEXT, {"trace", "id"}, NULL},
    {"spanId", TRL_KIND_TEXT, {"span", "id"}, NULL},
    {"requestId", TRL_KIND_TEXT, {"http", "request", "id"}, NULL},
    {"method", TRL_KIND_TEXT, {"http", "request", "method"}, NULL},
    {"bytesIn", TRL_KIND_NUMBER, {"http", "request", "body", "bytes"}, NULL},
    {"status", TRL_KIND_NUMBER, {"http", "response", "status_code"}, NULL},
    {"bytesOut", TRL_KIND_NUMBER, {"http", "response", "body", "bytes"}, NULL},
    {"path", TRL_KIND_TEXT, {"url", "path"}, NULL},
    {"query", TRL_KIND_TEXT, {"url", "query"}, NULL},
    {"clientIp", TRL_KIND_IP, {"client", "ip"}, NULL},
    {"peerIp", TRL_KIND_IP, {"source", "ip"}, NULL},
    {"target", TRL_KIND_HOST, {"destination", "address"}, NULL},
    {"target", TRL_KIND_PORT, {"destination", "port"}, NULL},
    {"userAgent", TRL_KIND_TEXT, {"user_agent", "original"}, NULL},
    {"userId", TRL_KIND_TEXT, {"user", "id"}, NULL},
    {"errorCode", TRL_KIND_TEXT, {"error", "code"}, NULL},
};
const struct trl_schema_map trl_schema_ecs = {ecs_entries, COUNT(ecs_entries), "trail", NULL, NULL};

/* OpenTelemetry's log data model and its semantic conventions for HTTP, networks and services. */
static const struct trl_schema_entry otel_entries[] = {
    {"timestamp", TRL_KIND_TIME_AS_NS, {"Timestamp"}, NULL},
    {"traceId", TRL_KIND_TEXT, {"TraceId"}, NULL},
    {"spanId", TRL_KIND_TEXT, {"SpanId"}, NULL},
    {"level", TRL_KIND_TEXT, {"SeverityText"}, NULL},
    {"level", TRL_KIND_LEVEL, {"SeverityNumber"}, "5,9,13,17,21"},
    {"event", TRL_KIND_TEXT, {"EventName"}, NULL},
    {"message", TRL_KIND_TEXT, {"Body"}, NULL},
    {"service", TRL_KIND_TEXT, {"Resource", "service.name"}, NULL},
    {"environment", TRL_KIND_TEXT, {"Resource", "deployment.environment.name"}, NULL},
    {"method", TRL_KIND_TEXT, {"Attributes", "http.request.method"}, NULL},
    {"route", TRL_KIND_TEXT, {"Attributes", "http.route"}, NULL},
    {"status", TRL_KIND_NUMBER, {"Attributes", "http.response.status_code"}, NULL},
    {"bytesIn", TRL_KIND_NUMBER, {"Attributes", "http.request.body.size"}, NULL},
    {"bytesOut", TRL_KIND_NUMBER, {"Attributes", "http.response.body.size"}, NULL},
    {"path", TRL_KIND_TEXT, {"Attributes", "url.path"}, NULL},
    {"query", TRL_KIND_TEXT, {"Attributes", "url.query"}, NULL},
    {"clientIp", TRL_KIND_TEXT, {"Attributes", "client.address"}, NULL},
    {"peerIp", TRL_KIND_TEXT, {"Attributes", "network.peer.address"}, NULL},
    {"target", TRL_KIND_HOST, {"Attributes", "server.address"}, NULL},
    {"target", TRL_KIND_PORT, {"Attributes", "server.port"}, NULL},
    {"userAgent", TRL_KIND_TEXT, {"Attributes", "user_agent.original"}, NULL},
    {"userId", TRL_KIND_TEXT, {"Attributes", "user.id"}, NULL},
    {"errorCode", TRL_KIND_TEXT, {"Attributes", "error.type"}, NULL},
};
const struct trl_schema_map trl_schema_otel = {otel_entries, COUNT(otel_entries), "Attributes",
                                               NULL, NULL};

/* Structured logging of Google Cloud, LogEntry and HttpRequest. Its agents read a time as text from
 * `time`; `timestamp` would have to be an object of seconds and nanos. */
static const struct trl_schema_entry gcp_entries[] = {
    {"timestamp", TRL_KIND_TEXT, {"time"}, NULL},
    {"level",
     TRL_KIND_LEVEL,
     {"severity"},
     "\"DEBUG\",\"INFO\",\"WARNING\",\"ERROR\",\"CRITICAL\""},
    {"message", TRL_KIND_TEXT, {"message"}, NULL},
    {"traceId", TRL_KIND_TRACE, {"logging.googleapis.com/trace"}, NULL},
    {"spanId", TRL_KIND_TEXT, {"logging.googleapis.com/spanId"}, NULL},
    {"method", TRL_KIND_TEXT, {"httpRequest", "requestMethod"}, NULL},
    {"path", TRL_KIND_TEXT, {"httpRequest", "requestUrl"}, NULL},
    {"bytesIn", TRL_KIND_COUNT_TEXT, {"httpRequest", "requestSize"}, NULL},
    {"status", TRL_KIND_NUMBER, {"httpRequest", "status"}, NULL},
    {"bytesOut", TRL_KIND_COUNT_TEXT, {"httpRequest", "responseSize"}, NULL},
    {"userAgent", TRL_KIND_TEXT, {"httpRequest", "userAgent"}, NULL},
    {"clientIp", TRL_KIND_IP, {"httpRequest", "remoteIp"}, NULL},
    {"durationMs", TRL_KIND_MS_AS_DURATION, {"httpRequest", "latency"}, NULL},
};
const struct trl_schema_map trl_schema_gcp = {gcp_entries, COUNT(gcp_entries), NULL, "httpRequest",
                                              "method"};
