#include "environment.h"

#include <stdlib.h>

const char *const variables[] = {
    "TRAIL_SERVICE",
    "OTEL_SERVICE_NAME",
    "TRAIL_ENVIRONMENT",
    "TRAIL_LEVEL",
    "LOG_LEVEL",
    "TRAIL_FORMAT",
    "TRAIL_SCHEMA",
    "TRAIL_OUTPUT",
    "TRAIL_DELIVERY",
    "TRAIL_SPOOL_DIR",
    "TRAIL_SPOOL_BYTES",
    "TRAIL_OVERFLOW",
    "TRAIL_TRUSTED",
    "TRAIL_ADMIN_TRUSTED",
    "TRAIL_PROPAGATE_TO",
    "TRAIL_PROPAGATE_BAGGAGE",
    "TRAIL_BAGGAGE_FIELDS",
    "TRAIL_CRASH",
    "TRAIL_REQUEST_ID_HEADER",
    "TRAIL_REQUEST_ID_FORMAT",
    "TRAIL_REDACT",
    "TRAIL_REDACT_ALLOW",
    "TRAIL_KEEP_DEBUG",
    "TRAIL_CLIENT_IP",
    "TRAIL_SLOW_MS",
    "TRAIL_STALLED_MS",
    "TRAIL_CPU_TIME",
    "TRAIL_QUIET",
    "TRAIL_SAMPLE",
    NULL,
};

int clear_environment(void **state)
{
    (void)state;
    for (size_t i = 0; variables[i] != NULL; i++) {
        unsetenv(variables[i]);
    }
    return 0;
}
